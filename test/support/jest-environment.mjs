import { TestEnvironment } from 'jest-environment-node'

// onnxruntime-node compares typed arrays and errors by the constructors of the outer realm; Jest runs tests in a realm
// of its own. Sharing these constructors makes both the same.
const shared = [
  'Float32Array',
  'Float64Array',
  'Int8Array',
  'Int16Array',
  'Int32Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
  'ArrayBuffer',
  'Error',
  'TypeError',
  'RangeError',
  'Promise',
]

export default class OuterRealmEnvironment extends TestEnvironment {
  async setup() {
    await super.setup()
    for (const name of shared) this.global[name] = globalThis[name]
  }
}
