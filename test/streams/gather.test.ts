import { describe, expect, test } from '@jest/globals'
import { type Gathering, gather } from '../../streams/gather.ts'

const limits = { records: 1_000, millis: 250, intervalMs: 100, floodMs: 1_000, commitsOfWait: 4 }

/** How long a task waits that has just committed, when `perSecond` records come until `untilMs`. */
async function waited(
  { taken = 40, millis = 5, left = 0 }: { taken?: number; millis?: number; left?: number },
  { perSecond = 0, untilMs = Number.POSITIVE_INFINITY }: { perSecond?: number; untilMs?: number } = {},
  extra: Partial<Gathering> = {},
): Promise<number> {
  let time = 0
  await gather({
    limits,
    lastCommitAt: 0,
    commitMillis: 500,
    last: { taken, millis },
    ready: () => left + Math.floor((Math.min(time, untilMs) * perSecond) / 1_000),
    isStopping: () => false,
    clock: {
      now: () => time,
      sleep: async (pauseMs) => {
        time += pauseMs
      },
    },
    ...extra,
  })
  return time
}

describe('the wait between two chunks', () => {
  test('is an interval when records trickle', async () => {
    expect(await waited({ taken: 1 }, { perSecond: 10 })).toBe(100)
    expect(await waited({ taken: 4 })).toBe(100)
  })

  test('is as long as a flood may take while more keeps coming', async () => {
    expect(await waited({ taken: 100 }, { perSecond: 100 })).toBe(1_000)
  })

  test('ends when half a chunk has come', async () => {
    expect(await waited({ taken: 100 }, { perSecond: 2_000 })).toBeLessThan(400)
  })

  test('ends soon after the last record of a flood', async () => {
    expect(await waited({ taken: 100 }, { perSecond: 100, untilMs: 250 })).toBeLessThan(500)
  })

  test('grows with the records of the last chunk', async () => {
    expect(await waited({ taken: 12 }, { perSecond: 100 })).toBe(300)
  })

  test('is no longer than commits that are quick call for, and never shorter than an interval', async () => {
    expect(await waited({ taken: 100 }, { perSecond: 100 }, { commitMillis: 60 })).toBe(240)
    expect(await waited({ taken: 100 }, { perSecond: 100 }, { commitMillis: 8 })).toBe(100)
  })

  test('is none behind a chunk that its limits cut off', async () => {
    expect(await waited({ taken: 1_000 }, { perSecond: 100 })).toBe(0)
    expect(await waited({ taken: 10, millis: 250 }, { perSecond: 100 })).toBe(0)
  })

  test('does not count records that could not be taken', async () => {
    expect(await waited({ taken: 100, left: 2_000 }, { perSecond: 100 })).toBe(1_000)
  })

  test('ends when the task is to stop', async () => {
    let asked = 0
    const isStopping = () => {
      asked += 1
      return asked > 2
    }
    expect(await waited({ taken: 100 }, { perSecond: 100 }, { isStopping })).toBeLessThan(300)
  })
})
