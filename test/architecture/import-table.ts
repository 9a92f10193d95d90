/**
 * Who may import whom. A target is a folder or one of its files; `*` is everything. A folder may always import itself.
 * Only `cli` and `serve` put things together; `bench` and `research` run the chain outside of Kafka, for figures and data sets.
 */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  catalog: [],
  // A view that the catalog declares has a topic.
  topics: ['catalog/declared-views.ts'],
  processors: ['catalog', 'topics'],
  avro: ['catalog', 'topics', 'processors/refusal.ts', 'processors/processor.ts'],
  streams: ['avro', 'topics', 'processors/processor.ts', 'processors/refusal.ts'],
  sink: ['avro', 'topics', 'processors/processor.ts', 'processors/refusal.ts'],
  models: ['catalog', 'processors/inference'],
  load: ['avro', 'catalog', 'streams', 'topics', 'processors/processor.ts'],
  library: ['catalog', 'processors', 'serve/features'],
  research: ['avro', 'catalog', 'load', 'models', 'processors', 'topics'],
  local: ['catalog/project-root.ts'],
  serve: ['avro', 'catalog', 'models', 'processors', 'sink', 'streams', 'topics'],
  cli: ['*'],
  bench: ['*'],
}

/** Packages that are seen from one place only; every other package is free. */
export const packagePlaces: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['streams'],
  '@clickhouse/client': ['sink'],
  chdb: ['local'],
  avsc: ['avro'],
  '@kafkajs/confluent-schema-registry': ['avro'],
  'onnxruntime-node': ['models', 'processors/inference'],
  commander: ['cli'],
  'cli-progress': ['cli'],
  'prom-client': ['streams', 'serve'],
  'apache-arrow': ['serve'],
}

/** Modules of Node that a folder may import; folders that are not listed may import all of them. */
export const nodeModules: Readonly<Record<string, readonly string[]>> = {
  // The catalog is read from disk, beside nothing else.
  catalog: ['node:crypto', 'node:fs', 'node:path', 'node:url'],
  processors: ['node:crypto'],
  topics: ['node:timers/promises'],
}

/** Folders whose code is a function of its arguments: no clock, no chance, no timers, no network, no environment. */
export const pureFolders: readonly string[] = ['catalog', 'processors']

/** What may read the environment. `local/` is about this machine: JAVA_HOME, caches, and the environment of its children; ONNX Runtime is told there to be silent. */
export const readsEnvironment: readonly string[] = ['cli/config.ts', 'local', 'models/onnx-runtime.ts']

/** Files over 300 lines, each with the reason. */
export const longFiles: Readonly<Record<string, string>> = {}
