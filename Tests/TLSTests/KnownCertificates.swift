// Certificates and keys that openssl 3.0.19 made (`openssl req -x509 -newkey ec`), for what never asks whether they are still
// good. They protect nothing.

/// One certificate, base64 of its DER, and its subject as RFC 2253 and Java's `X500Principal.getName` write it: `openssl x509
/// -subject -nameopt RFC2253` but for what Java does otherwise (`=` and `#` escaped, attributes it has no word for as numbers).
struct KnownCertificate: Sendable {
    let der: String
    let subject: String

    static let all = [
        KnownCertificate(
            der: "MIICFDCCAbmgAwIBAgIUUm3BDa8HPGgAi6RCydaGBm3+b/EwCgYIKoZIzj0EAwIwXzELMAkGA1UEBhMCREUxDzANBgNVBAgMBkJlcmxpbjEVMBMGA1UECgwMRXhhbXBsZSwgSW5jMRowCgYDVQQLDANPcHMwDAYDVQQLDAVOaWdodDEMMAoGA1UEAwwDYW5uMB4XDTI2MTEyOTE5MDgwMloXDTM2MTEyNjE5MDgwMlowXzELMAkGA1UEBhMCREUxDzANBgNVBAgMBkJlcmxpbjEVMBMGA1UECgwMRXhhbXBsZSwgSW5jMRowCgYDVQQLDANPcHMwDAYDVQQLDAVOaWdodDEMMAoGA1UEAwwDYW5uMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZf3gRMcHy/lcnXKvgSNMs+NprjGmzjoMWwDvPNwc1Q4oecM+zXvTfSQ5bgslLv0D4jCtmQoGLp4x3d7+WQemcaNTMFEwHQYDVR0OBBYEFHwk62v+iXT9D+LbnyY+1twzwNpaMB8GA1UdIwQYMBaAFHwk62v+iXT9D+LbnyY+1twzwNpaMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAN3Jg7uUQPNgZgZKLIjs3ihwXs7m0xb2azmrA47a13v+AiEA880J/pcP/MKx9BtOsP3WIdRrGUQ7SFGpyAznYVSPD8Q=",
            subject: "CN=ann,OU=Ops+OU=Night,O=Example\\, Inc,ST=Berlin,C=DE"),
        KnownCertificate(
            der: "MIICHjCCAcOgAwIBAgIUZONmBYTYC8+PIMjyUNufNSeEyWAwCgYIKoZIzj0EAwIwZDETMBEGCgmSJomT8ixkARkWA29yZzEXMBUGCgmSJomT8ixkARkWB2V4YW1wbGUxETAPBgoJkiaJk/IsZAEBDAE3MSEwHwYDVQQDDBhKw7xyZ2VuICMxICJ4IiA8YT47YlxjPWQwHhcNMjYxMTI5MTkwODAyWhcNMzYxMTI2MTkwODAyWjBkMRMwEQYKCZImiZPyLGQBGRYDb3JnMRcwFQYKCZImiZPyLGQBGRYHZXhhbXBsZTERMA8GCgmSJomT8ixkAQEMATcxITAfBgNVBAMMGErDvHJnZW4gIzEgIngiIDxhPjtiXGM9ZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNp/nOhc9XATnMVsnsFPmdbZXOOASQbHKJZ3ywU1yps5WkJ5pacmorvioxsKC+583ZZDrDdHAmWWcXbeyS1JDi+jUzBRMB0GA1UdDgQWBBTqrhvSUruYljuS6goinQR9nyqDTTAfBgNVHSMEGDAWgBTqrhvSUruYljuS6goinQR9nyqDTTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCcLEpiRXiMhRR7e2B4nrxSiSk+npOvZLHuCmT85/zk3wIhAPb3CU7fdNLsjNV3BRRxqvXWT/jP51W1e7MCUej0GkQ9",
            subject: "CN=Jürgen \\#1 \\\"x\\\" \\<a\\>\\;b\\\\c\\=d,UID=7,DC=example,DC=org"),
        KnownCertificate(
            der: "MIIB1jCCAX2gAwIBAgIUW4RRU/wpjOBVkF64qgS2SOkfoekwCgYIKoZIzj0EAwIwQTESMBAGA1UEAwwJIHBhZGRlZCAgMR4wHAYJKoZIhvcNAQkBFg9hbm5AZXhhbXBsZS5vcmcxCzAJBgNVBAUTAjQyMB4XDTI2MTEyOTE5MDgwMloXDTM2MTEyNjE5MDgwMlowQTESMBAGA1UEAwwJIHBhZGRlZCAgMR4wHAYJKoZIhvcNAQkBFg9hbm5AZXhhbXBsZS5vcmcxCzAJBgNVBAUTAjQyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAESUBkbB0w7kR7/2bpw8oEfE4uJSMf07Jo5QoP3o+yaiocYGoFZjxHAEmliExV3Eo9TAgTtGZpy9hYpUZfNEP86KNTMFEwHQYDVR0OBBYEFEQdoM+Stjj4ujkx66/LWS/0kKUMMB8GA1UdIwQYMBaAFEQdoM+Stjj4ujkx66/LWS/0kKUMMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgeNLyMht0p6uZEmXTpC+It6UYglpEfLPTfcm2C5Kr0lICIBsIN8JreFWIoWddkWI7vwmHnR+p/+3O8iw84hsAmCMW",
            subject: "2.5.4.5=#13023432,1.2.840.113549.1.9.1=#160f616e6e406578616d706c652e6f7267,CN=\\ padded\\ \\ "),
        KnownCertificate(
            der: "MIIBUzCB+6ADAgECAhQEf7j/bwHzsR2ovww1qCEdL1Ap4jAKBggqhkjOPQQDAjAAMB4XDTI2MTEyOTE5MDgwMloXDTM2MTEyNjE5MDgwMlowADBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABG/dr+7ET4dZE/EFD5wjz+45xRdeo3UF9R3BTu0weGFCKpWswO/1ps4PykPEb0KHySd31AGBWR60IQ2sM1Rv1uKjUzBRMB0GA1UdDgQWBBRf6k9pcGhH6rnRULT5sLo2syhWijAfBgNVHSMEGDAWgBRf6k9pcGhH6rnRULT5sLo2syhWijAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIF860pt+bNwCP2QIlfL/5vaEfGXFUKXX7YFU2nAhQoPnAiAGkVhQoIe7GCSRv2o2aylaXtlLOV1Xd1/1C+ZM57hK8A==",
            subject: ""),
    ]
}

/// The first of them as files hold it, with its key, the key encrypted with `sesame`, and a key of another certificate.
enum KnownPEM {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIICFDCCAbmgAwIBAgIUUm3BDa8HPGgAi6RCydaGBm3+b/EwCgYIKoZIzj0EAwIw
        XzELMAkGA1UEBhMCREUxDzANBgNVBAgMBkJlcmxpbjEVMBMGA1UECgwMRXhhbXBs
        ZSwgSW5jMRowCgYDVQQLDANPcHMwDAYDVQQLDAVOaWdodDEMMAoGA1UEAwwDYW5u
        MB4XDTI2MTEyOTE5MDgwMloXDTM2MTEyNjE5MDgwMlowXzELMAkGA1UEBhMCREUx
        DzANBgNVBAgMBkJlcmxpbjEVMBMGA1UECgwMRXhhbXBsZSwgSW5jMRowCgYDVQQL
        DANPcHMwDAYDVQQLDAVOaWdodDEMMAoGA1UEAwwDYW5uMFkwEwYHKoZIzj0CAQYI
        KoZIzj0DAQcDQgAEZf3gRMcHy/lcnXKvgSNMs+NprjGmzjoMWwDvPNwc1Q4oecM+
        zXvTfSQ5bgslLv0D4jCtmQoGLp4x3d7+WQemcaNTMFEwHQYDVR0OBBYEFHwk62v+
        iXT9D+LbnyY+1twzwNpaMB8GA1UdIwQYMBaAFHwk62v+iXT9D+LbnyY+1twzwNpa
        MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAN3Jg7uUQPNgZgZK
        LIjs3ihwXs7m0xb2azmrA47a13v+AiEA880J/pcP/MKx9BtOsP3WIdRrGUQ7SFGp
        yAznYVSPD8Q=
        -----END CERTIFICATE-----
        """
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUaBkcc8k6su5lTVZ
        Hj9lXt703Z0rh11VGXbUIGgunOChRANCAARl/eBExwfL+Vydcq+BI0yz42muMabO
        OgxbAO883BzVDih5wz7Ne9N9JDluCyUu/QPiMK2ZCgYunjHd3v5ZB6Zx
        -----END PRIVATE KEY-----
        """
    static let encryptedKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg3gWH1fLBTLwICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEEBVjxunDdXhmwdcQw5S8ZIEgZBz
        dj4BFE3NpbEoUaI4+lnhMtmMxMqewNrMVLW9NvnWUvgjUxcZ83Dog5Cz/dmAJcTc
        bvFebmkSxHoYEZWhSfZnPKOftMGBznXfvQrLSbQLXmetk9j6SgzaZWuaeaWIMXMH
        8tMhub5DJ0MXRsG8NJmRNZD/+EC9uBEF2oXc+qk0T+A4SVPrRiFNq0iFUQLkSrw=
        -----END ENCRYPTED PRIVATE KEY-----
        """
    static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgC0h1iFFLSbJJHv4E
        gNzHym6sOoq1yDlcY4l2Qlq29kKhRANCAATaf5zoXPVwE5zFbJ7BT5nW2VzjgEkG
        xyiWd8sFNcqbOVpCeaWnJqK74qMbCgvufN2WQ6w3RwJllnF23sktSQ4v
        -----END PRIVATE KEY-----
        """
}
