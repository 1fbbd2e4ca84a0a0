"""What travels between the mini-program and the service: the messages and what is made of them."""
