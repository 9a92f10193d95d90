import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readOnnxMetadata } from '../../models/onnx-metadata.ts'
import { SHIPPED } from './version-copy.ts'

const file = readFileSync(join(SHIPPED, 'model.onnx'))

describe('metadata of an ONNX file', () => {
  test('are read in the order of the file', () => {
    const keys = [...readOnnxMetadata(file).keys()]
    expect(keys).toEqual([...keys].sort())
    expect(keys).toContain('barline.features_hash')
  })

  test('are empty in a file without any', () => {
    expect(readOnnxMetadata(new Uint8Array([8, 8])).size).toBe(0)
  })

  test('keep text that is not ASCII', () => {
    const value = Buffer.from('größe', 'utf8')
    const entry = Buffer.concat([Buffer.from([10, 1, 107, 18, value.length]), value])
    expect(readOnnxMetadata(Buffer.concat([Buffer.from([114, entry.length]), entry])).get('k')).toBe('größe')
  })

  test.each([
    ['cut short', file.subarray(0, file.length - 3)],
    ['that ends inside a number', new Uint8Array([0x80])],
    ['of another kind', new Uint8Array([0x0f, 1, 2, 3])],
  ])('of a file %s are refused', (_, bytes) => {
    expect(() => readOnnxMetadata(bytes)).toThrow(RangeError)
  })
})
