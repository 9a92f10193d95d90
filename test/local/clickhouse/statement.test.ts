import { describe, expect, test } from '@jest/globals'
import { quoteString } from '../../../local/clickhouse/sql-text.ts'
import { isRead, outputFormat, writtenDeadline } from '../../../local/clickhouse/statement.ts'

describe('a statement', () => {
  test.each(['SELECT 1', '(select 1)', '-- insert\nWITH 1 AS x SELECT x', 'show tables', 'EXPLAIN SELECT 1'])(
    '%j reads',
    (sql) => {
      expect(isRead(sql)).toBe(true)
    },
  )

  test.each(['INSERT INTO t SELECT 1', 'CREATE TABLE t (a Int8)', 'OPTIMIZE TABLE t'])('%j writes', (sql) => {
    expect(isRead(sql)).toBe(false)
  })

  test('names its output format, else the default is used', () => {
    expect(outputFormat('SELECT 1 FORMAT Parquet SETTINGS max_threads=1', 'CSV')).toBe('Parquet')
    expect(outputFormat("SELECT 'FORMAT Parquet'", 'CSV')).toBe('CSV')
  })

  test('may set its own deadline', () => {
    expect(writtenDeadline('SELECT 1 SETTINGS max_threads=1, max_execution_time = 2.5')).toBe(2.5)
    expect(writtenDeadline("SELECT 'max_execution_time = 3'")).toBeUndefined()
  })

  test('quotes strings so that the engine reads them back', () => {
    expect(quoteString("a'b\\c\n")).toBe("'a\\'b\\\\c\n'")
  })
})
