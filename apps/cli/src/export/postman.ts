import { secretHeader, secretVariable } from '../proxy/access-check.ts'
import { type Collection, secretName } from './collection.ts'

const schema = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json'

/** A Postman collection, format 2.1. The secret is part of its authorization, so that added requests send it too. */
export function toPostman({ title, command, baseUrls, requests }: Collection): string {
  const attribute = (key: string, value: string) => ({ key, value, type: 'string' })
  const collection = {
    info: {
      name: title,
      description: `Start the proxy with the secret in ${secretVariable}: \`${command}\`. Then set the variable ${secretName} to that secret.`,
      schema,
    },
    auth: {
      type: 'apikey',
      apikey: [
        attribute('key', secretHeader),
        attribute('value', `{{${secretName}}}`),
        attribute('in', 'header'),
      ],
    },
    item: requests.map((request) => ({
      name: request.title,
      request: { method: request.method, header: [], url: `{{${request.baseUrl}}}${request.path}` },
      event: [{ listen: 'test', script: { type: 'text/javascript', exec: [statusTest] } }],
    })),
    variable: [
      ...baseUrls.map(({ name, value }) => attribute(name, value)),
      { key: secretName, value: '', type: 'secret' },
    ],
  }
  return `${JSON.stringify(collection, undefined, 2)}\n`
}

const statusTest = "pm.test('The status is 200', () => pm.response.to.have.status(200))"
