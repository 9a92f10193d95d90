import { describe, expect, test } from '@jest/globals'
import { processesFor } from '../../cli/demo.ts'
import { parseProcessorNames } from '../../cli/worker.ts'
import { processorNames } from '../../topics/topics.ts'

describe('the processors of a process', () => {
  test('are those that were named, in that order', () => {
    expect(parseProcessorNames(['features', 'breadth'])).toEqual(['features', 'breadth'])
  })

  test('must exist, and the message says which do', () => {
    expect(() => parseProcessorNames(['engine', 'motor'])).toThrow('No processor motor; there are ingest, engine')
  })

  test('are named once each', () => {
    expect(() => parseProcessorNames(['engine', 'sink', 'engine'])).toThrow('engine is named twice')
  })

  test.each([1, 2, 4, 7, 64])('of a demo on %i cores are all of the chain, each once', (cores) => {
    const processes = processesFor(cores)
    expect(processes.flat().sort()).toEqual([...processorNames].sort())
    expect(processes.length).toBe(cores < processorNames.length ? 3 : processorNames.length)
  })
})
