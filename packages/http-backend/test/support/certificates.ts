// Made for these tests alone, with `openssl req -x509`; they expire in a hundred years.
const localhostKey = [
  '-----BEGIN PRIVATE KEY-----',
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwA2qECWvuNEssHCw',
  'gKK023q0pna9z8qeOKC4X9Rc2bOhRANCAAT3tqwinyOQvNndlFbKWYp7pV23bpRy',
  'l2Sz42fFBjoGIqZGFNqjjVQtnchvPQxbp9Ajc9pTvqjEfy+oh7XZIzat',
  '-----END PRIVATE KEY-----',
].join('\n');
const localhostCert = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBmzCCAUGgAwIBAgIUSp8FOvv2kfUVPBQm7ySyTGAgMcAwCgYIKoZIzj0EAwIw',
  'FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjE1MTgyMFoYDzIxMjYxMDI5',
  'MTUxODIwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO',
  'PQMBBwNCAAT3tqwinyOQvNndlFbKWYp7pV23bpRyl2Sz42fFBjoGIqZGFNqjjVQt',
  'nchvPQxbp9Ajc9pTvqjEfy+oh7XZIzato28wbTAdBgNVHQ4EFgQUU8YqSg3oCmfh',
  'Zp+gEAhpjmOd/RkwHwYDVR0jBBgwFoAUU8YqSg3oCmfhZp+gEAhpjmOd/RkwDwYD',
  'VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI',
  'zj0EAwIDSAAwRQIgeJU9JwE+X/8LwzKEiLns2MvK/VMGlSwVbmU+KJtPaCwCIQDA',
  '/HLkq+pDCFHcJRLqPAY0NEmfM5/isrPqcxIzpxNrxg==',
  '-----END CERTIFICATE-----',
].join('\n');
const exampleKey = [
  '-----BEGIN PRIVATE KEY-----',
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpOEttENeTWgqYB9y',
  'X65QkkkuJYsgMwQa9D+tesskmMKhRANCAATE5fCLb1CxNS1u5ev9yPMryi/TfPNC',
  'p0Ug+6JvfuxIhkmByhNTsuDrXmT67/E90ay2mtORXtnT8aXwNkJCGSZ2',
  '-----END PRIVATE KEY-----',
].join('\n');
const exampleCert = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBpDCCAUqgAwIBAgIUHy/WuSsbz9jZxuIlwsmhn6HKiZcwCgYIKoZIzj0EAwIw',
  'FzEVMBMGA1UEAwwMZXhhbXBsZS50ZXN0MCAXDTI2MTEyMjE1MTgyMFoYDzIxMjYx',
  'MDI5MTUxODIwWjAXMRUwEwYDVQQDDAxleGFtcGxlLnRlc3QwWTATBgcqhkjOPQIB',
  'BggqhkjOPQMBBwNCAATE5fCLb1CxNS1u5ev9yPMryi/TfPNCp0Ug+6JvfuxIhkmB',
  'yhNTsuDrXmT67/E90ay2mtORXtnT8aXwNkJCGSZ2o3IwcDAdBgNVHQ4EFgQUiwiH',
  'QNOTuOMRi3NZHZ+BTrs+ZT4wHwYDVR0jBBgwFoAUiwiHQNOTuOMRi3NZHZ+BTrs+',
  'ZT4wDwYDVR0TAQH/BAUwAwEB/zAdBgNVHREEFjAUggxleGFtcGxlLnRlc3SHBH8A',
  'AAEwCgYIKoZIzj0EAwIDSAAwRQIhANeVo3/WQXs9mkTFi9IJifg/2WNwNlmZ7+/U',
  'DWvP3P0OAiBQkLfU2bkATbkEvqIwjmfx4TBRHwGns6i0nMgieNPWhA==',
  '-----END CERTIFICATE-----',
].join('\n');
const clientKey = [
  '-----BEGIN PRIVATE KEY-----',
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5DUJLhrOO3zuLzjr',
  'nlJLSqP+npRBFai14SCBVQkVz7ehRANCAARUhK/mOdJeuE8BhULreGP33yCXZHJE',
  '12D9OFK+qGe/eo1ITFsVfM2GEBHKqiVLXl1UgGNogM4zJaFZLji7I5v3',
  '-----END PRIVATE KEY-----',
].join('\n');
const clientCert = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBUDCB9wIUZUZyxLxik2Cf7Uh6HdBvea1e55kwCgYIKoZIzj0EAwIwLjETMBEG',
  'A1UECgwKVFNHSSB0ZXN0czEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYx',
  'MTIyMTUyMzE1WhgPMjEyNjEwMjkxNTIzMTVaMCYxDjAMBgNVBAoMBUNhZsOpMRQw',
  'EgYDVQQDDAtjbGllbnQsIG9uZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFSE',
  'r+Y50l64TwGFQut4Y/ffIJdkckTXYP04Ur6oZ796jUhMWxV8zYYQEcqqJUteXVSA',
  'Y2iAzjMloVkuOLsjm/cwCgYIKoZIzj0EAwIDSAAwRQIhAOQbIAdA0I4D3GCzRhCW',
  'yMUaIMRQoxC/afXI9eq/nNAJAiB8q/sv3s6GF1ChkGDb25bIB/UyQzIMazyNq1KK',
  'OyKuZQ==',
  '-----END CERTIFICATE-----',
].join('\n');

const elaborateKey = [
  '-----BEGIN PRIVATE KEY-----',
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQged1cdqIspZt5CK4g',
  'OPBkRp7tcwdNF8LY9rY34z9xEFChRANCAAQL/9am0T/a8Ji188Ikyrpar0QwOxMS',
  'kLC+lD7F3dGZgAmkZstcy+ZwfcfQz4XlD2Zm8E5yFdnpg6kihWd8YMPY',
  '-----END PRIVATE KEY-----',
].join('\n');
const elaborateCert = [
  '-----BEGIN CERTIFICATE-----',
  'MIICoDCCAkcCFD9TnmbkCtZUGkUAAI/nNg0opaa7MAoGCCqGSM49BAMCMIHRMRQw',
  'EgYKCZImiZPyLGQBGRYEdGVzdDENMAsGA1UECgwEQSwgQjEOMAwGA1UECwwFZmly',
  'c3QxGDAJBgNVBAwMAkRyMAsGA1UEAwwEI29uZTERMA8GA1UECwwIc2Vjb25kLHgx',
  'DjAMBgNVBCoMBUrDtnJnMQwwCgYDVQQEDANEb2UxEjAQBgoJkiaJk/IsZAEBDAJ1',
  'MTEdMBsGCSqGSIb3DQEJARYOakBleGFtcGxlLnRlc3QxDzANBgNVBAsMBiB0aGly',
  'ZDELMAkGA1UEBRMCNDcwIBcNMjYxMTIyMTg0MTI1WhgPMjEyNjEwMjkxODQxMjVa',
  'MIHRMRQwEgYKCZImiZPyLGQBGRYEdGVzdDENMAsGA1UECgwEQSwgQjEOMAwGA1UE',
  'CwwFZmlyc3QxGDAJBgNVBAwMAkRyMAsGA1UEAwwEI29uZTERMA8GA1UECwwIc2Vj',
  'b25kLHgxDjAMBgNVBCoMBUrDtnJnMQwwCgYDVQQEDANEb2UxEjAQBgoJkiaJk/Is',
  'ZAEBDAJ1MTEdMBsGCSqGSIb3DQEJARYOakBleGFtcGxlLnRlc3QxDzANBgNVBAsM',
  'BiB0aGlyZDELMAkGA1UEBRMCNDcwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQL',
  '/9am0T/a8Ji188Ikyrpar0QwOxMSkLC+lD7F3dGZgAmkZstcy+ZwfcfQz4XlD2Zm',
  '8E5yFdnpg6kihWd8YMPYMAoGCCqGSM49BAMCA0cAMEQCIG/yvtwIwG5jVFVkDBkA',
  'jpnpIlSDPwSj7vNXtrRjWK14AiA76wRYKE+AqMpd+CNDXs9fCpSd4PaShbgWwdYF',
  'hvkrgQ==',
  '-----END CERTIFICATE-----',
].join('\n');

/** Signed `client`. */
export const authority: string = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBsjCCAVmgAwIBAgIUUeVdGzuDuTvgxu4ShKZdKmi6sgQwCgYIKoZIzj0EAwIw',
  'LjETMBEGA1UECgwKVFNHSSB0ZXN0czEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkw',
  'IBcNMjYxMTIyMTUxODIwWhgPMjEyNjEwMjkxNTE4MjBaMC4xEzARBgNVBAoMClRT',
  'R0kgdGVzdHMxFzAVBgNVBAMMDnRlc3QgYXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYI',
  'KoZIzj0DAQcDQgAEztCrkA0iAm2w/7LBeykyrz/dJaAuFoT9ko34KyKK5Aitx5Q/',
  'aj7sSGr8F8DZ1VBAMawSmN7urawHfUp4xE/+46NTMFEwHQYDVR0OBBYEFGcyTTWo',
  'aM9dKAh/ZZzB1t2cx0HSMB8GA1UdIwQYMBaAFGcyTTWoaM9dKAh/ZZzB1t2cx0HS',
  'MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgZt0VwKVZPKPUW8TN',
  'pTZbtumBGKJaD5AWIxQARKeZrcwCIAYA/907kahH7LzgbIXWZVlbA+0f6d2es6yw',
  'ecCbZIvQ',
  '-----END CERTIFICATE-----',
].join('\n');
/** CN=localhost */
export const localhost = { key: localhostKey, cert: localhostCert };
/** CN=example.test */
export const example = { key: exampleKey, cert: exampleCert };
/** O=Café, CN="client, one" */
export const client = { key: clientKey, cert: clientCert };
/** Signed by itself; its name has most of what a name can have. */
export const elaborate = { key: elaborateKey, cert: elaborateCert };
