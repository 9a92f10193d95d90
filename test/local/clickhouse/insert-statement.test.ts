import { describe, expect, test } from '@jest/globals'
import { insertFromFile, parseInsert } from '../../../local/clickhouse/insert-statement.ts'

describe('parseInsert', () => {
  test('finds the format and the first byte of data', () => {
    const text = 'INSERT INTO t (a, b) FORMAT RowBinary\n\n \x00'
    expect(parseInsert(text)).toEqual({
      target: 'INSERT INTO t (a, b)',
      settings: '',
      format: 'RowBinary',
      dataStart: text.indexOf('\n') + 1,
    })
  })

  test('keeps the statement’s own settings apart', () => {
    const insert = parseInsert("insert into d.`odd format` settings insert_deduplication_token='FORMAT x' format CSV")
    expect(insert).toMatchObject({
      target: 'insert into d.`odd format`',
      settings: "settings insert_deduplication_token='FORMAT x'",
      format: 'CSV',
    })
  })

  test('takes VALUES as the format Values', () => {
    const text = "INSERT INTO t VALUES (1, 'a')"
    expect(parseInsert(text)).toMatchObject({ target: 'INSERT INTO t', format: 'Values', dataStart: 20 })
  })

  test('reads past comments and column names that are keywords', () => {
    expect(parseInsert('/* FORMAT */ -- SELECT\nINSERT INTO t (format, values) FORMAT JSONEachRow')).toMatchObject({
      format: 'JSONEachRow',
    })
  })

  test.each([
    'SELECT 1',
    'INSERT INTO t SELECT * FROM u FORMAT CSV',
    'INSERT INTO t WITH 1 AS x SELECT x',
    "INSERT INTO t FROM INFILE 'x' FORMAT CSV",
    '',
  ])('leaves %j to the engine', (sql) => {
    expect(parseInsert(sql)).toBeUndefined()
  })

  test('puts the file between the target and the settings', () => {
    const insert = { target: 'INSERT INTO t', settings: 'SETTINGS a=1', format: 'Native', dataStart: 0 }
    expect(insertFromFile(insert, "/d/it's")).toBe(
      "INSERT INTO t FROM INFILE '/d/it\\'s' COMPRESSION 'none' SETTINGS a=1 FORMAT Native",
    )
  })
})
