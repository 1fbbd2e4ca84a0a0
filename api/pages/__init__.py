"""H5 pages for anybody with a browser, made for phones and for WeChat's browser first."""
