import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { processorNames } from '../../topics/topics.ts'
import { images } from './start-containers.ts'

const textOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const compose = textOf('docker-compose.yml')

test.each(Object.values(images))('docker-compose.yml runs the tested image %s', (image) => {
  expect(compose).toContain(`:-${image}}`)
})

test('docker-compose.yml has a service for every processor of the chain, and Prometheus reads them all', () => {
  const workers = [...compose.matchAll(/command: \[worker, (\w+),/g)].map(([, name]) => name)
  expect(workers).toEqual([...processorNames])
  expect(textOf('docker/prometheus.yml')).toContain(`names: [${processorNames.join(', ')}]`)
})

test('every published port is on loopback', () => {
  const published = [...compose.matchAll(/^ +ports: \["(.*)"\]$/gm)].map(([, ports]) => ports)
  expect(published.length).toBe(compose.match(/^ +ports:/gm)?.length)
  for (const ports of published) expect(ports).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+$/)
})
