"""Turns a fitted pipeline into an ONNX file of one input and one output, the same bytes on every run."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.pipeline import Pipeline

OPSET = {"": 17, "ai.onnx.ml": 3}
INPUT, OUTPUT = "features", "p_up"
BATCH = 64


def to_onnx(pipeline: Pipeline, width: int, name: str, metadata: dict[str, str]) -> onnx.ModelProto:
    """Graph `features` float32 [N, width] -> `p_up` float32 [N, 1]: the probability of class 1, with metadata in key order."""
    model = convert_sklearn(
        pipeline,
        name=name,
        initial_types=[(INPUT, FloatTensorType([None, width]))],
        target_opset=OPSET,
        options={id(pipeline): {"zipmap": False}},
    )
    graph = model.graph
    probabilities = graph.output[1].name
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, 1]))
    graph.initializer.append(helper.make_tensor("class_up", TensorProto.INT64, [1], [1]))
    graph.node.append(helper.make_node("Gather", [probabilities, "class_up"], [OUTPUT], name="ProbabilityUp", axis=1))
    _drop_dead_nodes(graph)
    model.doc_string = ""
    del model.metadata_props[:]
    for key in sorted(metadata):
        model.metadata_props.add(key=key, value=metadata[key])
    onnx.checker.check_model(model, full_check=True)
    return model


def score(onnx_bytes: bytes, rows: np.ndarray) -> np.ndarray:
    """p_up of float32 rows as Barline's runtime computes it: one thread, batches of 64 rows padded with zeros."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    session = onnxruntime.InferenceSession(onnx_bytes, options, providers=["CPUExecutionProvider"])
    scores = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), BATCH):
        chunk = rows[start : start + BATCH]
        batch = np.zeros((BATCH, rows.shape[1]), np.float32)
        batch[: len(chunk)] = chunk
        scores[start : start + len(chunk)] = session.run([OUTPUT], {INPUT: batch})[0][: len(chunk), 0]
    return scores


def _drop_dead_nodes(graph: onnx.GraphProto) -> None:
    """Removes what only fed the outputs that were taken away (the predicted class)."""
    while True:
        used = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
        dead = [node for node in graph.node if not any(name in used for name in node.output)]
        if not dead:
            break
        for node in dead:
            graph.node.remove(node)
    idle = [tensor for tensor in graph.initializer if tensor.name not in used]
    for tensor in idle:
        graph.initializer.remove(tensor)
