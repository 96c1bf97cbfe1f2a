"""Authorities, certificates and keys for the TLS tests, made by the openssl command."""
import os
import subprocess


class Certificates:
    """A directory of PEM files: NAME.key, NAME.crt, for the broker also both in broker.pem."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        for authority in ["ca", "other"]:
            self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={authority}",
                         "-keyout", f"{authority}.key", "-out", f"{authority}.crt")
        self.issue("broker", "/CN=broker", extensions="subjectAltName=IP:127.0.0.1,DNS:localhost")
        with open(self.path("broker.pem"), "w") as both:
            for part in ["broker.key", "broker.crt"]:
                both.write(open(self.path(part)).read())

    def path(self, name):
        return os.path.join(self.directory, name)

    def issue(self, name, subject, by="ca", days=2, extensions="keyUsage=digitalSignature"):
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject,
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        with open(self.path(f"{name}.ext"), "w") as file:
            file.write(extensions)
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.crt", "-CAkey", f"{by}.key", "-CAcreateserial",
                     "-days", str(days), "-extfile", f"{name}.ext", "-out", f"{name}.crt")
        return self.path(f"{name}.crt"), self.path(f"{name}.key")

    def encrypt(self, name, password):
        """NAME's key once more as NAME.enc, encrypted."""
        self.openssl("pkcs8", "-topk8", "-in", f"{name}.key", "-passout", f"pass:{password}", "-v2", "aes-256-cbc",
                     "-out", f"{name}.enc")
        return self.path(f"{name}.enc")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True)
