import { beforeEach, describe, expect, test } from '@jest/globals'
import { checkTopics, provision, warnings } from '../../topics/provisioning.ts'
import type { NewTopic, TopicAdmin } from '../../topics/topic-admin.ts'
import { topics } from '../../topics/topics.ts'

const BROKER_DEFAULTS = {
  'cleanup.policy': 'delete',
  'retention.ms': '604800000',
  'retention.bytes': '-1',
  'segment.ms': '604800000',
  'max.message.bytes': '1048588',
  'message.timestamp.type': 'CreateTime',
  'message.timestamp.before.max.ms': '9223372036854775807',
  'min.insync.replicas': '1',
  'unclean.leader.election.enable': 'true',
}

/** A broker in memory: its topics, each with the settings in force. */
class FakeTopicAdmin implements TopicAdmin {
  readonly topics = new Map<string, NewTopic>()
  defaultCopies = 1

  async list() {
    return [...this.topics.keys()]
  }

  async describe(names: readonly string[]) {
    return names.flatMap((name) => {
      const topic = this.topics.get(name)
      if (!topic) return []
      const { replicationFactor, ...described } = topic
      return [{ ...described, copies: replicationFactor > 0 ? replicationFactor : this.defaultCopies }]
    })
  }

  async brokers() {
    const settings = {
      'offsets.retention.minutes': '2147483647',
      'default.replication.factor': String(this.defaultCopies),
    }
    return [1, 2, 3].map((id) => ({ id, settings }))
  }

  async create(created: readonly NewTopic[]) {
    for (const topic of created) {
      const inForce = { ...topic, settings: { ...BROKER_DEFAULTS, ...topic.settings } }
      if (!this.topics.has(topic.name)) this.topics.set(topic.name, inForce)
    }
  }

  change(name: string, changes: { readonly partitions?: number; readonly settings?: Record<string, string> }): void {
    const topic = this.topics.get(name)
    if (!topic) throw new Error(`no topic ${name}`)
    this.topics.set(name, { ...topic, ...changes, settings: { ...topic.settings, ...changes.settings } })
  }
}

let admin: FakeTopicAdmin
beforeEach(() => {
  admin = new FakeTopicAdmin()
})

const active = topics.filter(({ status }) => status === 'active')

describe('provisioning an empty broker', () => {
  test('creates every active topic and no reserved one', async () => {
    const { created } = await provision({ admin, partitions: 4, topicPrefix: 'x-' })
    expect(created).toEqual(active.map(({ id }) => `x-${id}`))
    expect([...admin.topics.keys()].sort()).toEqual([...created].sort())
  })

  test('gives every topic of the chain the same partitions', async () => {
    await provision({ admin, partitions: 4 })
    expect(admin.topics.get('market.bars')?.partitions).toBe(4)
    expect(admin.topics.get('dead-letters.sink')?.partitions).toBe(4)
    expect(admin.topics.get('loads')?.partitions).toBe(1)
    expect(await checkTopics({ admin })).toBe(4)
  })

  test('keeps history for good', async () => {
    await provision({ admin, partitions: 1 })
    expect(admin.topics.get('tape')?.settings).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
      'retention.bytes': '-1',
      'segment.ms': '9223372036854775807',
      'message.timestamp.type': 'CreateTime',
      'max.message.bytes': '1048588',
    })
    expect(admin.topics.get('market.bars')?.settings['message.timestamp.type']).toBe('LogAppendTime')
    expect(admin.topics.get('dead-letters.ingest')?.settings['max.message.bytes']).toBe('2097152')
  })
})

test('topics that show only a moment after their creation are waited for', async () => {
  let asked = 0
  const late: TopicAdmin = {
    list: async () => {
      asked += 1
      return asked < 4 ? [] : admin.list()
    },
    describe: (names) => admin.describe(names),
    create: (created) => admin.create(created),
    brokers: () => admin.brokers(),
  }
  expect((await provision({ admin: late, partitions: 2 })).created).toHaveLength(active.length)
})

describe('copies', () => {
  const settings = () => admin.topics.get('tape')?.settings ?? {}

  test.each([
    ['asked for', 3, 1, '2'],
    ['that the brokers give', undefined, 3, '2'],
    ['that are too few for two to confirm', 2, 3, '1'],
    ['that nobody has asked for', undefined, 1, '1'],
  ])('%s: %s, and by default %s', async (_what, replicationFactor, defaultCopies, inSync) => {
    admin.defaultCopies = defaultCopies
    await provision({ admin, partitions: 1, ...(replicationFactor === undefined ? {} : { replicationFactor }) })
    expect(admin.topics.get('tape')?.replicationFactor).toBe(replicationFactor ?? -1)
    expect(settings()['min.insync.replicas']).toBe(inSync)
    expect(settings()['unclean.leader.election.enable']).toBe('false')
  })

  test('that are too few are warned of, with the topics of this prefix only, and refused by nothing', async () => {
    await provision({ admin, partitions: 1, topicPrefix: 'x.', replicationFactor: 3 })
    expect(await warnings({ admin, topicPrefix: 'x.' })).toEqual([])
    await provision({ admin, partitions: 1 })
    expect(await warnings({ admin })).toEqual([
      expect.stringMatching(/^\d+ topics have, .* one copy on a cluster of 3/),
    ])
    expect(await checkTopics({ admin })).toBe(1)
  })
})

test('provisioning again creates nothing', async () => {
  await provision({ admin, partitions: 2 })
  expect(await provision({ admin, partitions: 2 })).toEqual({ partitions: 2, created: [] })
})

test('provisioning creates only what is missing', async () => {
  await provision({ admin, partitions: 2 })
  admin.topics.delete('scores')
  const logged: string[] = []
  expect((await provision({ admin, partitions: 2, log: (line) => logged.push(line) })).created).toEqual(['scores'])
  expect(logged).toEqual(['Created topic scores'])
})

test('checking names the topics that are missing and creates none', async () => {
  await provision({ admin, partitions: 2, topicPrefix: 'x-' })
  admin.topics.delete('x-scores')
  await expect(checkTopics({ admin, topicPrefix: 'x-' })).rejects.toMatchObject({
    code: 'TOPIC_MISSING',
    topics: ['x-scores'],
    message: 'No topic x-scores on the broker: run `barline topics provision`',
  })
  expect(admin.topics.has('x-scores')).toBe(false)
})

describe('a topic that differs is refused, and nothing is created', () => {
  test.each([
    ['tape', 'retention.ms', '604800000', '-1'],
    ['tape', 'retention.bytes', '1000000', '-1'],
    ['tape', 'segment.ms', '604800000', '9223372036854775807'],
    ['tape', 'cleanup.policy', 'compact', 'delete'],
    ['market.bars', 'message.timestamp.type', 'CreateTime', 'LogAppendTime'],
    ['indicators', 'message.timestamp.before.max.ms', '86400000', '9223372036854775807'],
    ['dead-letters.engine', 'max.message.bytes', '1048588', '2097152 or more'],
  ])('%s %s', async (topic, setting, found, wanted) => {
    await provision({ admin, partitions: 2 })
    admin.topics.delete('scores')
    admin.change(topic, { settings: { [setting]: found } })
    const remedy = `kafka-configs --alter --entity-type topics --entity-name ${topic} --add-config ${setting}=${wanted.split(' ')[0]}`
    await expect(provision({ admin, partitions: 2 })).rejects.toMatchObject({
      code: 'TOPIC_MISMATCH',
      retriable: false,
      differences: [{ topic, setting, found, wanted, remedy }],
      message: expect.stringContaining(`${topic}: ${setting} is ${found}, wanted ${wanted}`),
    })
    expect(admin.topics.has('scores')).toBe(false)
  })

  test('in its partitions from the number asked for', async () => {
    await provision({ admin, partitions: 2 })
    await expect(provision({ admin, partitions: 3 })).rejects.toMatchObject({ code: 'TOPIC_MISMATCH' })
  })

  test('in its partitions from the rest of the chain', async () => {
    await provision({ admin, partitions: 2 })
    admin.change('indicators', { partitions: 6 })
    await expect(checkTopics({ admin })).rejects.toMatchObject({
      differences: [{ topic: 'indicators', setting: 'partitions', found: '6', wanted: '2 as in the whole chain' }],
    })
  })
})

test('more room for dead letters, or a broker that does not report the age limit of records, is as good', async () => {
  await provision({ admin, partitions: 2 })
  admin.change('dead-letters.engine', { settings: { 'max.message.bytes': '8388608' } })
  const { 'message.timestamp.before.max.ms': _, ...older } = admin.topics.get('tape')?.settings ?? {}
  admin.topics.set('tape', { name: 'tape', partitions: 2, replicationFactor: 1, settings: older })
  expect(await checkTopics({ admin, partitions: 2 })).toBe(2)
})

test.each([0, -1, 1.5])('%d partitions are refused', async (partitions) => {
  await expect(provision({ admin, partitions })).rejects.toThrow(RangeError)
})
