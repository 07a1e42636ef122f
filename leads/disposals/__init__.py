"""How long leads are kept, what holds them, and how two people have them deleted (到期处置)."""
