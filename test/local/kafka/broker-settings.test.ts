import { expect, test } from '@jest/globals'
import { brokerSettings, propertiesText } from '../../../local/kafka/broker-settings.ts'

const settings = brokerSettings({ port: 9, controllerPort: 10, logDir: '/d' })

test('the broker listens on the loopback address only', () => {
  const addresses = ['listeners', 'advertised.listeners', 'controller.quorum.bootstrap.servers']
  for (const name of addresses) expect(settings[name]?.match(/[\d.]+(?=:\d)/g)).toContain('127.0.0.1')
  expect(JSON.stringify(settings)).not.toContain('0.0.0.0')
})

test('nothing is forgotten, and no topic appears by itself', () => {
  expect(settings).toMatchObject({ 'offsets.retention.minutes': '2147483647', 'auto.create.topics.enable': 'false' })
})

test('a properties file escapes what Java would read otherwise', () => {
  expect(propertiesText({ a: 'x\\y', b: 'Zürich 日' })).toBe('a=x\\\\y\nb=Z\\u00fcrich \\u65e5\n')
})

test('a listener for a proxy advertises the port of the proxy', () => {
  const proxied = brokerSettings({
    port: 9,
    controllerPort: 10,
    logDir: '/d',
    proxied: { port: 11, advertisedPort: 12 },
  })
  expect(proxied.listeners).toBe('PLAINTEXT://127.0.0.1:9,CONTROLLER://127.0.0.1:10,PROXIED://127.0.0.1:11')
  expect(proxied['advertised.listeners']).toContain('PROXIED://127.0.0.1:12')
  expect(proxied['listener.security.protocol.map']).toBe('PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT')
})
