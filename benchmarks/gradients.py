"""All derivatives of all customers' accepted defect rates, against one solve of the same chain.

The chains are random: units wander forward with rework and returns, departments pull services from one another. One
solve is what the quality analysis does to assemble, factor and solve; the gradients are asked for together, in the same
run. Prints one JSON line for each size and number of customers: seconds of both, their ratio, and the ratio that is
promised, customers + 2.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from qualitychain.engine.gradients.gradients import Gradients
from qualitychain.engine.gradients.reward import Reward, delivered, quotient
from qualitychain.engine.network.network import Floats, Handoffs, Integers, Network
from qualitychain.engine.quality.scenarios import solve_quality


def random_network(handoffs: int, customers: int, seed: int, *, tangled: bool) -> Network:
    """A chain with so many handoffs, a third of them pulled, and inspections at half of them."""
    rng = np.random.default_rng(seed)
    pulled, flow = handoffs // 3, handoffs - handoffs // 3
    nodes = flow // 2
    ways = 2
    giver = np.repeat(np.arange(nodes), ways)[:flow]
    second = np.arange(len(giver)) % ways == 1
    # each department sends to the next and to one further on (tangled: to any); some deliver, and the last does
    receiver = np.where(second, giver + rng.integers(2, 40, len(giver)), giver + 1)
    if tangled:
        receiver[second] = rng.integers(0, nodes, int(second.sum()))
    served = rng.integers(0, customers, len(giver))
    served[: 20 * customers] = np.repeat(np.arange(customers), 20)
    delivers = (receiver >= nodes) | (second & (rng.random(len(giver)) < 0.2))
    delivers[: 20 * customers] |= second[: 20 * customers]
    receiver[delivers] = nodes + served[delivers]
    share = np.where(second, 0.05, 0.95)
    receiving = np.sort(rng.integers(0, nodes, pulled))
    serving = nodes + customers + rng.integers(0, max(1, pulled // 4), pulled)
    total = nodes + customers + max(1, pulled // 4)
    start = np.zeros(total)
    start[0] = 1.0
    return Network(
        nodes=total,
        customers=np.arange(nodes, nodes + customers),
        start=start,
        flow=_handoffs(rng, giver, receiver, share),
        pulled=_handoffs(rng, serving, receiving, np.ones(pulled)),
        group=np.arange(pulled),
        key=np.full(pulled, -1),
        group_receiver=receiving,
        whole=np.ones(pulled),
        part=rng.uniform(0, 0.5, pulled),
        affects=rng.integers(0, 3, pulled),
    )


def _handoffs(rng: np.random.Generator, giver: Integers, receiver: Integers, share: Floats) -> Handoffs:
    count = len(giver)
    inspected, scrapped = rng.random(count) < 0.5, rng.random(count) < 0.05
    return Handoffs(
        giver=giver,
        receiver=receiver,
        share=share,
        defect=rng.uniform(0, 0.02, count),
        transit=np.zeros(count),
        detect=np.where(inspected, rng.uniform(0.5, 1, count), 0.0),
        alarm=np.where(inspected, rng.uniform(0, 0.05, count), 0.0),
        fix=rng.uniform(0.5, 1, count),
        by_giver=rng.random(count) < 0.5,
        reworked=inspected & ~scrapped,
        repaired=np.zeros(count, dtype=bool),
        scrapped=inspected & scrapped,
        back=np.maximum(giver - rng.integers(0, 5, count), 0),
    )


def all_gradients(network: Network) -> list[Floats]:
    """The derivatives of every customer's accepted defect rate, from nothing."""
    solved = Gradients(network)
    rewards: list[Reward] = []
    for k in range(len(network.customers)):
        bad, every = solved.absorbed[2 * k + 1], solved.absorbed[2 * k : 2 * k + 2].sum()
        rewards.append(quotient(delivered(network, k, bad_only=True), delivered(network, k), bad, every))
    return [g.flow.defect for g in solved.gradients(rewards)]


def main() -> None:
    """Measure the sizes given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("handoffs", nargs="*", type=int, default=[1000, 10_000])
    parser.add_argument("--customers", nargs="*", type=int, default=[1, 2, 5, 20])
    parser.add_argument("--tangled", action="store_true", help="units may go from anywhere to anywhere")
    parser.add_argument("--repeat", type=int, default=5, help="the best of so many runs counts")
    chosen = parser.parse_args()
    for handoffs in chosen.handoffs:
        for customers in chosen.customers:
            network = random_network(handoffs, customers, seed=1, tangled=chosen.tangled)
            seconds = {"solve": np.inf, "gradients": np.inf}
            for _ in range(chosen.repeat):
                for name, work in (("solve", solve_quality), ("gradients", all_gradients)):
                    begin = time.process_time()
                    work(network)
                    seconds[name] = min(seconds[name], time.process_time() - begin)
            line = {
                "work": "gradients of all customers",
                "handoffs": handoffs,
                "tangled": chosen.tangled,
                "customers": customers,
                "solve_s": round(seconds["solve"], 4),
                "gradients_s": round(seconds["gradients"], 4),
                "ratio": round(seconds["gradients"] / seconds["solve"], 2),
                "promised_ratio": customers + 2,
            }
            print(json.dumps(line))


if __name__ == "__main__":
    main()
