import { ClickHouseRejectedError, ClickHouseUnavailableError, type RequestFacts } from './errors.ts'

/** ClickHouse's codes for "not now": load, time limits, network, keeper, a restart or a full disk that somebody clears. */
const notNow = new Set([
  159, // TIMEOUT_EXCEEDED
  160, // TOO_SLOW
  198, // DNS_ERROR
  201, // QUOTA_EXCEEDED
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  203, // NO_FREE_CONNECTION
  209, // SOCKET_TIMEOUT
  210, // NETWORK_ERROR
  225, // NO_ZOOKEEPER
  236, // ABORTED
  241, // MEMORY_LIMIT_EXCEEDED
  242, // TABLE_IS_READ_ONLY
  243, // NOT_ENOUGH_SPACE
  252, // TOO_MANY_PARTS
  254, // NO_ACTIVE_REPLICAS
  279, // ALL_CONNECTION_TRIES_FAILED
  285, // TOO_FEW_LIVE_REPLICAS
  286, // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
  289, // REPLICA_IS_NOT_IN_QUORUM
  319, // UNKNOWN_STATUS_OF_INSERT
  364, // RECEIVED_ERROR_TOO_MANY_REQUESTS
  394, // QUERY_WAS_CANCELLED
  425, // SYSTEM_ERROR
  439, // CANNOT_SCHEDULE_TASK
  473, // DEADLOCK_AVOIDED
  499, // S3_ERROR
  733, // TABLE_IS_BEING_RESTARTED
  999, // KEEPER_EXCEPTION
])

/** Codes that blame what the rows contain; a block is then searched for the rows at fault. */
const badRows = new Set([
  6, // CANNOT_PARSE_TEXT
  26, // CANNOT_PARSE_QUOTED_STRING
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  32, // ATTEMPT_TO_READ_AFTER_EOF
  33, // CANNOT_READ_ALL_DATA
  38, // CANNOT_PARSE_DATE
  41, // CANNOT_PARSE_DATETIME
  69, // ARGUMENT_OUT_OF_BOUND
  70, // CANNOT_CONVERT_TYPE
  72, // CANNOT_PARSE_NUMBER
  117, // INCORRECT_DATA
  128, // TOO_LARGE_ARRAY_SIZE
  131, // TOO_LARGE_STRING_SIZE
  190, // SIZES_OF_ARRAYS_DONT_MATCH
  321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  407, // DECIMAL_OVERFLOW
  469, // VIOLATED_CONSTRAINT
])

// Sent by what stands before ClickHouse (a proxy, a load balancer) or by a server that is starting or stopping.
const busyStatuses = new Set([408, 429, 502, 503, 504])

/** The server's code in the words of its answer, if it is there. */
export function serverCodeIn(text: string): number | undefined {
  const code = /Code: (\d+)\. DB::/.exec(text)?.[1]
  return code === undefined ? undefined : Number(code)
}

/** The error that goes with an answer other than success. */
export function refusalOf(facts: RequestFacts): ClickHouseUnavailableError | ClickHouseRejectedError {
  const text = plainText(facts.text)
  const { serverCode, httpStatus = 0 } = facts
  const retriable = serverCode === undefined ? busyStatuses.has(httpStatus) : notNow.has(serverCode)
  if (retriable) return new ClickHouseUnavailableError({ ...facts, text })
  // A wrong header means that the table is another one, whatever the rows contain.
  const rows = serverCode !== undefined && badRows.has(serverCode) && !facts.text.includes('while reading header')
  return new ClickHouseRejectedError({ ...facts, text, about: rows ? 'rows' : 'statement' })
}

const longestText = 500

// The same row must be refused in the same words whenever it is tried, so what differs from try to try is cut out.
function plainText(text: string): string {
  const plain = text
    .replace(/Code: \d+\. DB::[A-Za-z:]*Exception: /g, '')
    .replace(/\(in file\/uri [^)]*\)(: )?/g, '')
    .replace(/: While executing .*?(?= \([A-Z_]+\)|$)/gs, '')
    .replace(/\(version [^()]*(\([^()]*\)[^()]*)*\)/g, '')
    .replace(/ \([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  return plain.length > longestText ? `${plain.slice(0, longestText)}…` : plain || 'no reason given'
}
