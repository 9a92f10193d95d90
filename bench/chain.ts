import { chainDrained, shippedFiles, stopChain } from '../cli/demo.ts'
import { loadFiles } from '../cli/load.ts'
import { textTable } from '../cli/text-table.ts'
import { countTopics } from '../cli/topic-counts.ts'
import type { WorkerProcess } from '../cli/worker-processes.ts'
import { openTopicAdmin } from '../streams/kafka/open-topic-admin.ts'
import { processorNames } from '../topics/topics.ts'
import { cpuSecondsOf } from './cpu-seconds.ts'
import { exactlyOnceCopy } from './exactly-once-copy.ts'
import { machineLine, openBench, print } from './open-bench.ts'

const chainTopics = ['tape', 'indicators', 'market-state', 'features.core_pack_1d', 'scores.raw', 'scores']
const cpuOf = (workers: readonly WorkerProcess[]): Map<string, number> =>
  new Map(workers.map(({ name, pid }) => [name, cpuSecondsOf(pid)]))

/**
 * The chain against its ceiling, in one run on one broker: the shipped bars lie on the raw topics, the seven workers start, and
 * the time runs until all is committed (ClickHouse included). Then kafkajs alone copies every topic that the chain wrote.
 */
async function main(): Promise<void> {
  const bench = await openBench('bench')
  const { config, addresses, log } = bench
  try {
    const { produced: bars } = await loadFiles(shippedFiles(), config, addresses, { delayMs: 0 })
    const workers = await bench.startAll(processorNames)
    const before = cpuOf(workers)
    const startedAt = performance.now()
    await chainDrained(log, config)
    const seconds = (performance.now() - startedAt) / 1000
    const after = cpuOf(workers)
    await stopChain(workers)
    const admin = await openTopicAdmin(addresses)
    let written = 0
    let ceilingSeconds = 0
    let ceilingCpu = 0
    const lines: Record<string, unknown>[] = []
    for (const { topic, dataRecords, markers } of await countTopics(log, chainTopics, config.partitions)) {
      const name = `bench-copy-${topic}`
      await admin.create([{ name, partitions: config.partitions, replicationFactor: 1, settings: {} }])
      const copy = await exactlyOnceCopy(addresses.brokers, topic, name, config.partitions, dataRecords + markers)
      written += copy.records
      ceilingSeconds += copy.seconds
      ceilingCpu += copy.cpuSeconds
      lines.push({
        topic,
        records: copy.records,
        MB: Number((copy.bytes / 1e6).toFixed(1)),
        'copy records/s': Math.round(copy.records / copy.seconds),
      })
    }
    await admin.close()
    const cpu = [...after].map(([name, used]) => ({
      worker: name,
      'CPU s': Number((used - (before.get(name) ?? 0)).toFixed(1)),
    }))
    const chainCpu = cpu.reduce((sum, each) => sum + each['CPU s'], 0)
    print(`\n${machineLine()}; ${bars} bars and events\n`)
    print(textTable(lines))
    print(`\n${textTable(cpu)}\n`)
    const chainRate = written / seconds
    const ceilingRate = written / ceilingSeconds
    print(
      `ceiling  kafkajs exactly-once copy of the same bytes: ${Math.round(ceilingRate)} records/s, ${((1e6 * ceilingCpu) / written).toFixed(0)} us CPU a record`,
    )
    print(
      `chain    ${Math.round(chainRate)} records/s (${Math.round(bars / seconds)} bars/s), ${((1e3 * chainCpu) / bars).toFixed(2)} ms CPU a bar over all workers, ${((1e6 * chainCpu) / written).toFixed(0)} us a record`,
    )
    print(
      `ratio    ${(chainRate / ceilingRate).toFixed(3)} of the ceiling in records/s; ${(chainCpu / ceilingCpu).toFixed(2)} times its CPU a record`,
    )
  } finally {
    await bench.close()
  }
}

await main()
