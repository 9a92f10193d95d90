/**
 * ONNX Runtime without its telemetry. As shipped it reports to its maker who runs which kind of model, and keeps an identifier of the device and a
 * database in the user's cache folder and a log in the temporary one. It asks this variable while it is loaded, so it is set before.
 */
process.env.ORT_DISABLE_TELEMETRY = '1'

export const { InferenceSession, Tensor } = await import('onnxruntime-node')
