import { createPublicKey, type KeyObject } from 'node:crypto'
import { createSigningKey, Secret, type SigningAlgorithm } from '@countersign/core'
import type { SubjectAttribute } from './subject.ts'

/** Options of {@link createCertificateRequest}. */
export interface CertificateRequestOptions {
  subject: readonly SubjectAttribute[]
  algorithm: SigningAlgorithm
}

/** sha256WithRSAEncryption and sha512WithRSAEncryption (RFC 8017, appendix A.2.4). */
const signatureOids = { RS256: '1.2.840.113549.1.1.11', RS512: '1.2.840.113549.1.1.13' } as const

/** Attributes whose values are IA5String; the others are UTF8String, and a country PrintableString. */
const ia5 = new Set(['DC', 'EMAILADDRESS'])

/**
 * A certificate request (PKCS#10, RFC 2986) as PEM. Its structures are those of @peculiar/asn1-csr, on which
 * @peculiar/x509 stands: that one wants a `Reflect` polyfill in the whole program and brings six times the code.
 */
export async function createCertificateRequest(
  key: KeyObject,
  { subject, algorithm }: CertificateRequestOptions,
): Promise<string> {
  const [csr, x509, { AsnConvert }] = await Promise.all([
    import('@peculiar/asn1-csr'),
    import('@peculiar/asn1-x509'),
    import('@peculiar/asn1-schema'),
  ])
  const toValue = ({ name, value }: SubjectAttribute) => {
    if (ia5.has(name)) return new x509.AttributeValue({ ia5String: value })
    return new x509.AttributeValue(name === 'C' ? { printableString: value } : { utf8String: value })
  }
  const names = subject.map((attribute) => {
    const pair = new x509.AttributeTypeAndValue({ type: attribute.oid, value: toValue(attribute) })
    return new x509.RelativeDistinguishedName([pair])
  })
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const info = new csr.CertificationRequestInfo({
    subject: new x509.Name(names),
    subjectPKInfo: AsnConvert.parse(spki, x509.SubjectPublicKeyInfo),
    attributes: new csr.Attributes(),
  })
  const pkcs8 = new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString())
  const signature = await createSigningKey(pkcs8, { algorithm }).sign(
    new Uint8Array(AsnConvert.serialize(info)),
  )
  const request = new csr.CertificationRequest({
    certificationRequestInfo: info,
    signatureAlgorithm: new x509.AlgorithmIdentifier({
      algorithm: signatureOids[algorithm],
      parameters: null,
    }),
    signature: new Uint8Array(signature).buffer,
  })
  const lines =
    Buffer.from(AsnConvert.serialize(request))
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`
}
