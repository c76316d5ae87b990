"""Local engine: call recordings and chats into anonymised, structured insight."""
