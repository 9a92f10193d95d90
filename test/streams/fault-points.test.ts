import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { faultStages, standStillAt } from '../../streams/fault-points.ts'

describe('a fault point', () => {
  test('lets everything pass but the n-th transaction at its stage, which it announces and holds for good', async () => {
    const announced: string[] = []
    const reach = standStillAt('after-send:2', (line) => announced.push(line))
    expect(reach('engine-0', 'after-send')).toBeUndefined()
    expect(reach('engine-0', 'after-offsets')).toBeUndefined()
    const held = reach('engine-1', 'after-send')
    expect(announced).toEqual(['fault-point engine-1 after-send'])
    const still = await Promise.race([held?.then(() => 'went on'), sleep(20, 'stands still')])
    expect(still).toBe('stands still')
    expect(reach('engine-0', 'after-send')).toBeUndefined()
  })

  test.each(faultStages)('can be at %s', (stage) => {
    expect(() => standStillAt(`${stage}:1`, () => undefined)).not.toThrow()
  })

  test.each(['after-send', 'after-send:0', 'after-send:1.5', 'after-send:x', 'during-send:1', ''])(
    'is refused when it is given as "%s"',
    (spec) => {
      expect(() => standStillAt(spec, () => undefined)).toThrow(RangeError)
    },
  )
})
