import { z } from 'zod'
import { DIMENSIONLESS } from './dimension.ts'
import { read } from './ring.ts'
import type { Slice } from './slice.ts'

/**
 * Folds an input into a state machine kept in slots and returns the code it is in. An input that is not available (NaN) leaves
 * the machine as it was and gives NaN.
 */
export type StateMachine = (state: Float64Array, input: number) => number

/** Edges between the codes 0, 1, ... of {@link hysteresis}: ascending, `count` of them. */
export function edgesParam(count: number): z.ZodType<readonly number[]> {
  return z
    .array(z.number())
    .length(count)
    .refine((edges) => edges.every((edge, position) => position === 0 || edge > (edges[position - 1] ?? edge)), {
      error: 'edges must ascend',
    })
}

/** How far beyond an edge an input must be for {@link hysteresis} to cross it; in the unit of the input. */
export const marginParam = z.number().min(0)

/**
 * HYST(x,edges,h) of NOTATION.md: the number of edges passed, where an edge counts as crossed upwards at edge + `margin` and
 * downwards below edge - `margin`. The first code is the plain count of edges <= x.
 */
export function hysteresis(slice: Slice, name: string, edges: readonly number[], margin: number): StateMachine {
  // One more than the code: a fresh slot, 0, then says that there is none yet.
  const slot = slice.slots(name, 1, DIMENSIONLESS)
  const up = edges.map((edge) => edge + margin)
  const down = edges.map((edge) => edge - margin)
  return (state, input) => {
    if (Number.isNaN(input)) return Number.NaN
    let code = read(state, slot) - 1
    if (code < 0) {
      code = 0
      while (input >= (edges[code] ?? Number.POSITIVE_INFINITY)) code += 1
    }
    while (code < up.length && input >= (up[code] ?? Number.NaN)) code += 1
    while (code > 0 && input < (down[code - 1] ?? Number.NaN)) code -= 1
    state[slot] = code + 1
    return code
  }
}

/**
 * CONFIRM(c,k) of NOTATION.md: adopts a candidate code once it has held for `bars` bars in a row, the first one too; NaN until
 * there is an adopted one.
 */
export function confirmation(slice: Slice, name: string, bars: number): StateMachine {
  const candidate = slice.slots(`${name}.candidate`, 1, DIMENSIONLESS)
  const held = slice.slots(`${name}.held`, 1, DIMENSIONLESS)
  const adopted = slice.slots(`${name}.adopted`, 1, DIMENSIONLESS)
  const known = slice.slots(`${name}.known`, 1, DIMENSIONLESS)
  return (state, input) => {
    if (Number.isNaN(input)) return Number.NaN
    const before = read(state, held)
    const run = before > 0 && input === read(state, candidate) ? Math.min(bars, before + 1) : 1
    state[candidate] = input
    state[held] = run
    if (run >= bars) {
      state[adopted] = input
      state[known] = 1
    }
    return read(state, known) === 0 ? Number.NaN : read(state, adopted)
  }
}

/** A latch: 1 from an input >= `on` until one < `off`, else 0. Off at first. */
export function latch(slice: Slice, name: string, on: number, off: number): StateMachine {
  const slot = slice.slots(name, 1, DIMENSIONLESS)
  return (state, input) => {
    if (Number.isNaN(input)) return Number.NaN
    if (input >= on) state[slot] = 1
    else if (input < off) state[slot] = 0
    return read(state, slot)
  }
}

/** Bars since the code last changed, 0 at the change and at the first code. */
export function stateAge(slice: Slice, name: string): StateMachine {
  const last = slice.slots(`${name}.last`, 1, DIMENSIONLESS)
  const next = slice.slots(`${name}.next`, 1, DIMENSIONLESS)
  return (state, code) => {
    if (Number.isNaN(code)) return Number.NaN
    // A fresh `next` is 0, so the first code starts at 0 whatever it is.
    const age = code === read(state, last) ? read(state, next) : 0
    state[last] = code
    state[next] = age + 1
    return age
  }
}
