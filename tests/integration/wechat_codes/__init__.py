"""WeChat's own codes: asked for once, kept, given out, renewed, refused with a sentence."""
