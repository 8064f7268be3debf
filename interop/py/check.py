"""Has the Python peers check what is ours, and edl what is theirs."""
import base64, importlib.metadata, json, os, re, subprocess, time
from datetime import datetime, timedelta, timezone

import cbor2

DIR = os.environ["INTEROP_FILES"]


def file(name):
    with open(os.path.join(DIR, name), "rb") as f:
        return f.read()


def line(peer, way, what, ok, note=""):
    entry = {"peer": "PyPI " + peer, "version": importlib.metadata.version(peer), "way": way, "what": what, "ok": ok, "note": note}
    with open(os.environ["INTEROP_RESULTS"], "a") as f:
        f.write(json.dumps(entry, ensure_ascii=False) + "\n")
    print("peer" if ok is None else "ok  " if ok else "FAIL", "", peer, "", way + ":", what, "", note)


def short(error):
    return (str(error) or type(error).__name__).split("\n")[0][:200]


def they(peer, what, f):
    """A peer checks what is ours: f raises, or returns False, if it refuses."""
    try:
        line(peer, "they check ours", what, f() is not False)
    except Exception as error:
        line(peer, "they check ours", what, False, short(error))


def refuse(peer, what, f):
    """The peer must refuse what was altered, else its yes means nothing."""
    try:
        answer = f()
        line(peer, "they check ours", what, answer is False, "refused" if answer is False else "accepted")
    except Exception as error:
        line(peer, "they check ours", what, True, "refused: " + short(error)[:80])


def we(peer, what, make, *flags):
    try:
        name = os.path.join(DIR, "theirs-" + re.sub(r"\W+", "-", peer + " " + what))
        with open(name, "wb") as f:
            f.write(make())
    except Exception as error:
        return line(peer, "we check theirs", what, False, "it made none: " + short(error))
    done = subprocess.run([os.environ["EDL"], "verify", "--json", *flags, name], cwd=DIR, capture_output=True)
    failed = [c["detail"] for c in json.loads(done.stdout)["checks"] if not c["ok"]]
    line(peer, "we check theirs", what, done.returncode == 0, failed[0][:250] if failed else "")


def altered(b, at):
    b = bytearray(b)
    b[at] ^= 1
    return bytes(b)


def jwk(name):
    return json.loads(file(name))


def raw(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# --- mdoc

from cryptography import x509
from pymdoccbor.mdoc.issuer import MdocCborIssuer
from pymdoccbor.mdoc.verifier import MdocCbor

ROOTS = [x509.load_der_x509_certificate(file("root.der"))]


def pymdoc(b):
    mdoc = MdocCbor()
    mdoc.loads(b)
    return mdoc.verify(trusted_root_certs=ROOTS)


they("pymdoccbor", "DeviceResponse: issuer and elements (it checks no device)", lambda: pymdoc(file("response.bin")))
refuse("pymdoccbor", "DeviceResponse with one bit altered", lambda: pymdoc(altered(file("response.bin"), 1500)))


def pymdoc_issue():
    key, holder = jwk("signer.jwk"), jwk("holder.jwk")
    issuer = MdocCborIssuer(alg="ES256", kid="signer", private_key={"KTY": "EC2", "CURVE": "P_256", "ALG": "ES256", "D": raw(key["d"]), "KID": b"signer",
                                                       "X": raw(key["x"]), "Y": raw(key["y"])})
    now = datetime.now(timezone.utc)
    data = {"org.iso.18013.5.1": {"family_name": "Lin", "given_name": "Yi", "birth_date": "1990-05-06", "issuing_country": "CN", "document_number": "000000199005060012", "age_over_18": True}}
    made = issuer.new(data=data, doctype="org.iso.18013.5.1.mDL", validity={"issuance_date": now.strftime("%Y-%m-%d"), "expiry_date": (now + timedelta(days=30)).strftime("%Y-%m-%d")},
                      devicekeyinfo={"KTY": "EC2", "CURVE": "P_256", "X": raw(holder["x"]), "Y": raw(holder["y"])}, cert_path=os.path.join(DIR, "signer.pem"))
    return cbor2.dumps(made["documents"][0]["issuerSigned"])


we("pymdoccbor", "IssuerSigned", pymdoc_issue, "--trust", "root.pem")

# --- SD-JWT

from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier


def public(name):
    return JWK(**{k: v for k, v in jwk(name).items() if k != "d"})


def sdjwt(text, nonce="nonce-of-the-reader"):
    verifier = SDJWTVerifier(text, lambda issuer, header=None: public("signer.jwk"), "x509_hash:abc", nonce)
    claims = verifier.get_verified_payload()
    return claims["family_name"] == "Lin" and claims["given_name"] == "Yi"


they("sd-jwt", "SD-JWT VC with key binding", lambda: sdjwt(file("vc-bound.txt").decode()))
refuse("sd-jwt", "SD-JWT VC with another nonce", lambda: sdjwt(file("vc-bound.txt").decode(), "x"))


def sdjwt_issue(bound):
    now = int(time.time())
    claims = {"iss": "https://authority.example", "vct": "urn:example:licence", "iat": now, "exp": now + 86400,
              SDObj("family_name"): "Lin", SDObj("given_name"): "Yi", SDObj("address"): {SDObj("city"): "测试市", "street": "测试路1号"}, "classes": [SDObj("C1"), SDObj("D")]}
    header = {"typ": "dc+sd-jwt", "x5c": [base64.b64encode(file("signer.der")).decode()]}
    issued = SDJWTIssuer(claims, JWK(**jwk("signer.jwk")), public("holder.jwk"), sign_alg="ES256", add_decoy_claims=True, extra_header_parameters=header).sd_jwt_issuance
    if not bound:
        return issued.encode()
    holder = SDJWTHolder(issued)
    holder.create_presentation({"family_name": True, "address": {"city": True}}, "n-2", "x509_hash:abc", JWK(**jwk("holder.jwk")), sign_alg="ES256")
    return holder.sd_jwt_presentation.encode()


we("sd-jwt", "SD-JWT VC with decoys, nested and recursive", lambda: sdjwt_issue(False), "--trust", "root.pem")
we("sd-jwt", "SD-JWT VC with key binding", lambda: sdjwt_issue(True), "--trust", "root.pem", "--nonce", "n-2", "--audience", "x509_hash:abc")

# --- CWT

import zlib

import cwt
from cwt import COSE, COSEKey


def cose_key(name, private=False):
    k = jwk(name)
    return COSEKey.new({1: 2, 3: -7, -1: 1, -2: raw(k["x"]), -3: raw(k["y"]), **({-4: raw(k["d"])} if private else {})})


def listed(b):
    claims = cbor2.loads(COSE.new().decode(b, cose_key("lists.jwk")))
    bits = zlib.decompress(claims[65533]["lst"])
    return claims[65533]["bits"] == 1 and claims[2] == "https://authority.example/lists/1" and bits[412 // 8] >> (412 % 8) & 1 == 1 and sum(map(int.bit_count, bits)) == 1


they("cwt", "status list CWT, 1 bit", lambda: listed(file("list.cwt")))
refuse("cwt", "status list CWT with one bit altered", lambda: listed(altered(file("list.cwt"), -5)))


def list_issue():
    now = int(time.time())
    bits = bytearray(625)
    for i in range(0, 5000, 97):
        bits[i // 8] |= 1 << i % 8
    claims = {2: "https://authority.example/lists/9", 6: now, 4: now + 3600, 65534: 60, 65533: {"bits": 1, "lst": zlib.compress(bytes(bits), 9)}}
    return COSE.new().encode_and_sign(cbor2.dumps(claims), cose_key("lists.jwk", True), protected={1: -7, 16: "application/statuslist+cwt", 33: file("lists.der")})


we("cwt", "status list CWT for mdocs", list_issue, "--trust", "root.pem")

# --- claim 169

import claim169


def claims169(text):
    point = b"\x04" + raw(jwk("code.jwk")["x"]) + raw(jwk("code.jwk")["y"])
    return claim169.decode(text, verify_with_ecdsa_p256=point).claim169.full_name == "林一"


they("claim169", "issuer part of a live code as a claim-169 QR", lambda: claims169(file("claim169.txt").decode()))
refuse("claim169", "the same under another key", lambda: claim169.decode(file("claim169.txt").decode(), verify_with_ecdsa_p256=b"\x04" + raw(jwk("root.jwk")["x"]) + raw(jwk("root.jwk")["y"])))
