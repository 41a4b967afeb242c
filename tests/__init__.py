"""What the hotline promises, as sentences. A package only so that `tests.servers` means this folder and no other."""
