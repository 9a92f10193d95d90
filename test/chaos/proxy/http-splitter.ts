import type { Direction, Splitter } from './frame.ts'

const methods = /^(GET|POST|PUT|DELETE|HEAD) (\S+)/

/** What an HTTP request is for: the first word of a statement in the address, else its method. */
function purposeOf(head: string): string {
  const [, method = '', address = ''] = methods.exec(head) ?? []
  const statement = /[?&]query=([a-zA-Z]+)/.exec(address)?.[1]
  return statement?.toUpperCase() ?? method
}

/** HTTP without pipelining, as Node's and ClickHouse's clients speak it: an answer follows each request, then the next one. */
export function httpSplitter(): Splitter {
  let api = ''
  let last: Direction = 'response'
  return {
    push(direction, bytes) {
      const isHead = direction !== last
      if (isHead && direction === 'request') api = purposeOf(bytes.toString('latin1', 0, 4_096))
      last = direction
      return [{ direction, api, client: '', transactionalId: '', isHead, bytes }]
    },
  }
}
