"""The user's own data: folders of pictures, `.npz`, CSV, and drawings saved from the pad."""
