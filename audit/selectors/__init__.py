"""Reading the register: lists, dossiers, exports, verification."""
