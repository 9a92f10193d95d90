const METADATA_PROPS = 14
const ENTRY_KEY = 1
const ENTRY_VALUE = 2

const VARINT = 0
const FIXED_64 = 1
const LENGTH_DELIMITED = 2
const FIXED_32 = 5

type Field = { readonly number: number; readonly bytes: Uint8Array | undefined }

/**
 * Reads `metadata_props` of an ONNX file, which onnxruntime-node does not give out. The file is a protobuf `ModelProto`
 * (onnx/onnx.proto); only its own level and the key-value entries are walked. Throws RangeError on a file cut short or not protobuf.
 */
export function readOnnxMetadata(file: Uint8Array): ReadonlyMap<string, string> {
  const text = new TextDecoder()
  const metadata = new Map<string, string>()
  for (const { number, bytes } of fieldsOf(file)) {
    if (number !== METADATA_PROPS || bytes === undefined) continue
    let key = ''
    let value = ''
    for (const part of fieldsOf(bytes)) {
      if (part.number === ENTRY_KEY && part.bytes) key = text.decode(part.bytes)
      if (part.number === ENTRY_VALUE && part.bytes) value = text.decode(part.bytes)
    }
    metadata.set(key, value)
  }
  return metadata
}

function* fieldsOf(message: Uint8Array): Generator<Field> {
  let position = 0

  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = message[position]
      if (byte === undefined || scale > 2 ** 63) throw new RangeError(`No protobuf number at byte ${position}`)
      position += 1
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  const take = (length: number): Uint8Array => {
    if (position + length > message.length) throw new RangeError(`Protobuf field ends after byte ${message.length}`)
    position += length
    return message.subarray(position - length, position)
  }

  while (position < message.length) {
    const tag = varint()
    const number = Math.floor(tag / 8)
    const wireType = tag % 8
    if (wireType === LENGTH_DELIMITED) {
      yield { number, bytes: take(varint()) }
      continue
    }
    if (wireType === VARINT) varint()
    else if (wireType === FIXED_64) take(8)
    else if (wireType === FIXED_32) take(4)
    else throw new RangeError(`Unknown protobuf wire type ${wireType} at byte ${position}`)
    yield { number, bytes: undefined }
  }
}
