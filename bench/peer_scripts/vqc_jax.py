"""JAX: the gradient step of a variational classifier on default.qubit, compiled as a whole."""

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
from serving import serve

jax.config.update("jax_enable_x64", True)


def ansatz(x, theta):
    """The circuit of `bench.vqc`."""
    wires = range(len(x))
    for wire in wires:
        qml.RY(x[wire], wires=wire)
    for layer in theta:
        for wire in wires:
            qml.RX(layer[wire, 0], wires=wire)
            qml.RY(layer[wire, 1], wires=wire)
            qml.RZ(layer[wire, 2], wires=wire)
        for wire in wires:
            qml.CNOT([wire, (wire + 1) % len(x)])
    return qml.expval(qml.Z(0))


def prepare(X, theta, targets):
    X, theta, targets = (jnp.array(np.array(a)) for a in (X, theta, targets))
    device = qml.device("default.qubit", wires=X.shape[1])
    node = qml.QNode(ansatz, device, interface="jax", diff_method="backprop")

    def loss(theta):
        return jnp.mean((jax.vmap(node, in_axes=(0, None))(X, theta) - targets) ** 2)

    step = jax.jit(jax.value_and_grad(loss))

    def work():
        return jax.block_until_ready(step(theta))

    return work, lambda found: {"loss": float(found[0]), "gradient": found[1].tolist()}


serve(prepare)
