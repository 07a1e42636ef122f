"""Figures that leaders see: counted by a job, kept as rows, each with the moment it stands for."""
