import { hashOf } from '../../catalog/contract-json.ts'
import { createDerivedFold, type DerivedFold, type DerivedState, modelNumber } from '../features/derived-fold.ts'
import type { DataRecord } from '../processor.ts'
import { compareContracts } from './feature-vector.ts'
import type { ScoringModel } from './scoring-model.ts'

/** What of the rows so far goes into the inputs of models that have derived ones. */
export interface RowMemory {
  /** Hex sha256 of what gives the memory its meaning: the models and all that they take. */
  readonly layoutHash: string
  /**
   * Takes a feature row into the memory of each model that scores its symbol. Gives the derived inputs of the row by the place of the
   * model, NaN = null; undefined where the model has none or does not score the symbol.
   */
  take(record: DataRecord): readonly (readonly number[] | undefined)[]
  /** Does some work whose `take`s count only if it does not throw: else the memory is as it was before. */
  attempt(work: () => Promise<void>): Promise<void>
  snapshot(): readonly Remembered[]
  /** Throws RangeError on what is no snapshot of this layout, and leaves the memory as it was. */
  restore(remembered: readonly Remembered[]): void
}

/** The state of a symbol for the model at a place. */
export type Remembered = readonly [model: number, symbol: string, state: Float64Array]

type Memory = { readonly model: ScoringModel; readonly fold: DerivedFold; readonly states: Map<string, DerivedState> }

/** The memory of some models; undefined if none of them has a derived input, so that nothing is to be remembered. */
export function createRowMemory(models: readonly ScoringModel[]): RowMemory | undefined {
  if (models.every(({ derived }) => derived.length === 0)) return undefined
  const memories = models.map((model): Memory => {
    return { model, fold: createDerivedFold(model.derived), states: new Map() }
  })
  const layoutHash = hashOf(
    models.map(({ modelId, modelVersion, featuresHash, derived, contracts, symbols }) => {
      return { modelId, modelVersion, featuresHash, derived, contracts, symbols: [...symbols].sort() }
    }),
  )
  /** During an attempt the states as they were before its first change, by model and symbol; undefined = there was none. */
  let before: Map<string, DerivedState | undefined>[] | undefined

  const takeInto = ({ model, fold, states }: Memory, at: number, record: DataRecord): number[] | undefined => {
    const { key } = record
    if (model.derived.length === 0 || !model.symbols.has(key)) return undefined
    const known = states.get(key)
    const saved = before?.[at]
    if (saved?.has(key) === false) saved.set(key, known && fold.of(known.whole.slice()))
    const state = known ?? fold.fresh()
    if (known === undefined) states.set(key, state)
    // What a row of another contract says has another meaning, so no value is made of it.
    const isForeign = compareContracts(record, model) !== undefined
    const inputs: number[] = []
    fold.step(state, (feature) => (isForeign ? Number.NaN : (modelNumber(record.value[feature]) ?? Number.NaN)), inputs)
    return inputs
  }

  return {
    layoutHash,
    take: (record) => memories.map((memory, at) => takeInto(memory, at, record)),
    async attempt(work) {
      before = memories.map(() => new Map<string, DerivedState | undefined>())
      try {
        await work()
      } catch (error) {
        for (const [at, { states }] of memories.entries()) {
          for (const [symbol, state] of before[at] ?? []) {
            if (state === undefined) states.delete(symbol)
            else states.set(symbol, state)
          }
        }
        throw error
      } finally {
        before = undefined
      }
    },
    snapshot: () =>
      memories.flatMap(({ states }, at) =>
        [...states].map(([symbol, { whole }]): Remembered => [at, symbol, whole.slice()]),
      ),
    restore(remembered) {
      const restored = memories.map(() => new Map<string, DerivedState>())
      for (const [at, symbol, whole] of remembered) {
        const memory = memories[at]
        if (memory === undefined) throw new RangeError(`There is no model ${at} to remember ${symbol} for`)
        restored[at]?.set(symbol, memory.fold.of(whole.slice()))
      }
      for (const [at, { states }] of memories.entries()) {
        states.clear()
        for (const [symbol, state] of restored[at] ?? []) states.set(symbol, state)
      }
    },
  }
}
