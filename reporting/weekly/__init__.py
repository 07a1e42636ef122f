"""The weekly report (周报): its form, its way from draft to receipt, its pages."""
