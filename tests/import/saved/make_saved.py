# SPDX-License-Identifier: Apache-2.0
# Creates the files in this folder: one small ACDNet with random weights, saved in the usual ways.
# Run by hand on 2026-11-28 with Python 3.11, torch 2.15, safetensors 0.8:
#   python make_saved.py FOLDER
import argparse
import collections
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

folder = pathlib.Path(sys.argv[1])


class AcdNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.sfeb, self.tfeb = nn.Module(), nn.Module()
        layers = [(self.sfeb, 0, 1, (1, 9)), (self.sfeb, 3, 2, (1, 5)), (self.tfeb, 0, 1, (3, 3))]
        layers += [(self.tfeb, n, 2, (3, 3)) for n in (4, 7, 11, 14, 18, 21, 25, 28)] + [(self.tfeb, 33, 2, (1, 1))]
        for section, number, channels, kernel in layers:
            section.add_module(str(number), nn.Conv2d(channels, 2, kernel, bias=False))
            section.add_module(str(number + 1), nn.BatchNorm2d(2))
        self.tfeb.add_module("38", nn.Linear(2, 3))


def save(content, name, **options):
    torch.save(content, folder / name, **options)


torch.manual_seed(3)
net = AcdNet()
optimizer = torch.optim.Adam(net.parameters())
sum(p.square().sum() for p in net.parameters()).backward()
optimizer.step()
weights = net.state_dict()
old = {"_use_new_zipfile_serialization": False}

save(weights, "plain.pt")
save(torch.compile(nn.DataParallel(net)).state_dict(), "compiled_data_parallel.pt")
save(weights, "old_protocol_4.pt", pickle_protocol=4, **old)
save({"state_dict": weights, "optimizer": optimizer.state_dict(), "best": np.float32(1)}, "old_checkpoint_protocol_5.pt",
     pickle_protocol=5, **old)
save({"model_state_dict": weights, "optimizer": optimizer.state_dict(), "rng": torch.get_rng_state(), "seen": {1, 2},
      "args": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("runs")), "loss": torch.tensor(0.3),
      "history": collections.defaultdict(list, {"accuracy": [1.0, 2.0]})}, "checkpoint.pt")
save({"epoch": 1, "global_step": 10, "pytorch-lightning_version": "2.4.0", "loops": {"fit_loop": {"state_dict": {}}},
      "callbacks": {"ModelCheckpoint": {"best_model_score": torch.tensor(0.5)}}, "hyper_parameters": {"lr": 0.1},
      "optimizer_states": [optimizer.state_dict()],
      "state_dict": collections.OrderedDict([("net." + k, v) for k, v in weights.items()] +
                                            [("criterion.weight", torch.ones(3))])}, "lightning.ckpt")
save_file({k: v.contiguous() for k, v in weights.items()}, folder / "weights.safetensors", metadata={"format": "pt"})
save_file({"model." + k: v.half().contiguous() if v.is_floating_point() else v for k, v in weights.items()},
          folder / "half.safetensors")

save(net, "whole_model.pt")  # to be refused
