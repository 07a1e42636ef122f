"""Rewards (举报奖励): proposed, approved by two, paid against the reporter's code."""
