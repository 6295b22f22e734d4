"""What those who run the server do about people: see what each uses, limit, disable, sign out and invite them."""
