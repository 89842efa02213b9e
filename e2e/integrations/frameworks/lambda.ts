import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
} from 'aws-lambda'
import { receiveWebhook, utgl } from './utgl.ts'

export async function handler(
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  if (event.routeKey === 'GET /accounts')
    return { statusCode: 200, body: await utgl.api.get('accounts').text() }
  // API Gateway encodes bodies of most content types; the signature is over
  // what was encoded.
  const body = event.isBase64Encoded
    ? Buffer.from(event.body ?? '', 'base64')
    : (event.body ?? '')
  return {
    statusCode: await receiveWebhook(event.headers['x-access-signature'], body),
  }
}
