import type { DerivedSpec } from '../features/derived-fold.ts'

/** A model version as inference sees it, loaded and checked: what it needs of a feature row, and how to score one. */
export type ScoringModel = {
  readonly modelId: string
  readonly modelVersion: string
  /** View whose rows it scores, for example `core_pack_1d`. */
  readonly view: string
  /** Feature ids in the order of the model's input. */
  readonly features: readonly string[]
  /** Inputs behind the features, each made of the rows of a symbol up to the one that is scored. */
  readonly derived: readonly DerivedSpec[]
  /** Hash of all that it takes, features and derived inputs. */
  readonly featuresHash: string
  /** Per pack the contract hash that a feature row must carry. */
  readonly contracts: Readonly<Record<string, string>>
  readonly symbols: ReadonlySet<string>
  /** `rows` holds float32 rows one after the other; gives p_up of each, the same bits whatever the other rows are. */
  score(rows: Float32Array): Promise<Float32Array>
}
