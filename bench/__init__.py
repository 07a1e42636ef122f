"""The portal's speed, each figure beside the floor that the same machine shows in the same run."""
