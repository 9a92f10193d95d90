import type { ProcessorName } from '../../../topics/topics.ts'
import type { World } from '../world.ts'

/** What has to hold under a fault: nothing lost, nothing doubled, order kept, state as recomputed, a loud error, recovery alone. */
export type Invariant = 'L' | 'D' | 'O' | 'S' | 'E' | 'R'

/** What a fault left as evidence that it happened, and whom it struck. */
export type Happening = {
  readonly happened: boolean
  readonly evidence: string
  /** Processors that have to catch up afterwards. */
  readonly struck: readonly ProcessorName[]
}

/** Chooses what a seed leaves open. */
export type Choice = {
  /** A number in [0, 1). */
  number(): number
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number
  of<Item>(items: readonly [Item, ...Item[]]): Item
}

/** A kind of fault of the random mix. */
export type FaultKind = {
  readonly name: string
  /** Rows of the fault list that it stands for. */
  readonly rows: readonly number[]
  readonly invariants: readonly Invariant[]
  /** How often it comes, against the others. */
  readonly weight: number
  /** Does it and undoes it: when it returns, nothing is in the way of recovery any more. */
  inject(world: World, choice: Choice): Promise<Happening>
}
