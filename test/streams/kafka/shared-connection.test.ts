import { expect, test } from '@jest/globals'
import { SharedConnection } from '../../../streams/kafka/shared-connection.ts'

type Numbered = { readonly number: number }

/** A connection that counts what was opened and closed. */
function counted(attempts = 2) {
  const closed: number[] = []
  let opened = 0
  const connection = new SharedConnection<Numbered>({
    open: async () => ({ number: ++opened }),
    close: async ({ number }) => void closed.push(number),
    attempts,
    againMs: 1,
  })
  return { connection, closed, opened: () => opened }
}

test('a question that fails late does not close the connection that another has opened since', async () => {
  const { connection, closed, opened } = counted()
  let failLate = () => {}
  const late = new Promise<never>((_resolve, reject) => {
    failLate = () => reject(new Error('late'))
  })
  const lateAsked: number[] = []
  const answer = connection.ask(async ({ number }) => {
    lateAsked.push(number)
    return number === 1 ? await late : number
  })
  // Fails on the first connection, and is answered on the second, which stays.
  const early = await connection.ask(async ({ number }) => {
    if (number === 1) throw new Error('early')
    return number
  })
  failLate()
  expect([early, await answer, lateAsked]).toEqual([2, 2, [1, 2]])
  expect([opened(), closed]).toEqual([2, [1]])
  await connection.close()
  expect(closed).toEqual([1, 2])
})

test('a question is given up after the last attempt, with what it failed on', async () => {
  const { connection, closed, opened } = counted(3)
  const ask = connection.ask(async ({ number }) => {
    throw new Error(`connection ${number}`)
  })
  await expect(ask).rejects.toThrow('connection 3')
  await connection.close()
  expect([opened(), closed]).toEqual([3, [1, 2, 3]])
})

test('a connection that could not be opened is opened anew', async () => {
  let opened = 0
  const connection = new SharedConnection<Numbered>({
    open: async () => {
      opened += 1
      if (opened === 1) throw new Error('refused')
      return { number: opened }
    },
    close: async () => undefined,
    againMs: 1,
  })
  await expect(connection.ask(async ({ number }) => number)).resolves.toBe(2)
})
