"""The texts behind `nn.functional`, one file a family; it exports them all."""
