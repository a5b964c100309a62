// A floor to be furnished.
