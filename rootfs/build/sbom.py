"""The list of parts of an image, as SPDX 2.3: sbom.py ARCH VERSION BASE PACKAGES, to the standard output.

Licences are what a package's copyright file declares, where a machine can read it (DEP 5); else NOASSERTION. Debian's short
names are not SPDX's: each goes in as a LicenseRef, with Debian's name in it.
"""
import datetime
import json
import os
import re
import sys

arch, version, base, packages = sys.argv[1:5]
time = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
SPDX = {"GPL-2": "GPL-2.0-only", "GPL-2+": "GPL-2.0-or-later", "GPL-3": "GPL-3.0-only", "GPL-3+": "GPL-3.0-or-later",
        "LGPL-2": "LGPL-2.0-only", "LGPL-2+": "LGPL-2.0-or-later", "LGPL-2.1": "LGPL-2.1-only", "LGPL-2.1+": "LGPL-2.1-or-later",
        "LGPL-3": "LGPL-3.0-only", "LGPL-3+": "LGPL-3.0-or-later", "Apache-2.0": "Apache-2.0", "MIT": "MIT", "Expat": "MIT",
        "BSD-2-clause": "BSD-2-Clause", "BSD-3-clause": "BSD-3-Clause", "ISC": "ISC", "Zlib": "Zlib", "BSL-1.0": "BSL-1.0"}
references = {}


def licence(word):
    if word in SPDX:
        return SPDX[word]
    name = "LicenseRef-debian-" + re.sub(r"[^A-Za-z0-9.-]", "-", word)
    references[name] = word
    return name


def declared(name, tree):
    """The licences of a copyright file, joined; NOASSERTION when there is none that a machine can read."""
    path = os.path.join(tree, "usr/share/doc", name, "copyright")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return "NOASSERTION"
    if not re.match(r"\s*Format(-Specification)?:", text):
        return "NOASSERTION"
    words = set()
    for line in re.findall(r"^License:[ \t]*(.+)$", text, re.M):
        words |= {word for word in re.split(r"\s*,?\s+(?:and/or|and|or|with\s.*)\s+|\s*,\s*|\s*\|\s*", line.strip()) if word}
    names = sorted({licence(word) for word in words})
    return " AND ".join(names) if names else "NOASSERTION"


def package(name, number, architecture, source, tree):
    return {"SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name), "name": name, "versionInfo": number,
            "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION", "licenseDeclared": declared(name, tree), "copyrightText": "NOASSERTION",
            "sourceInfo": "built from " + source,
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": f"pkg:deb/debian/{name}@{number}?arch={architecture}&distro=trixie"}]}


parts = []
with open(packages, encoding="utf-8") as file:
    for line in file:
        name, number, architecture, source, source_version = line.rstrip("\n").split("\t")
        if name != "lintel":
            parts.append(package(name, number, architecture, f"{source} {source_version}", base + "/root"))
for name in sorted(os.listdir(base + "/packages")):  # of these, single files
    fields = dict(line.rstrip("\n").split(": ", 1) for line in open(os.path.join(base, "packages", name), encoding="utf-8") if ": " in line)
    if all(part["name"] != name for part in parts):
        parts.append(package(name, fields["Version"], fields["Architecture"], fields.get("Source", name), base + "/parts"))
parts.append({"SPDXID": "SPDXRef-lintel", "name": "lintel", "versionInfo": version, "supplier": "Organization: Lintel",
              "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0",
              "copyrightText": "NOASSERTION"})
parts.sort(key=lambda part: part["name"])
json.dump({
    "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"lintel-{arch}-{version}",
    "documentNamespace": f"https://lintel.invalid/image/{arch}/{version}/{os.environ['SOURCE_DATE_EPOCH']}",
    "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: rootfs/build/sbom"]},
    "packages": parts,
    "hasExtractedLicensingInfos": [{"licenseId": name, "extractedText": "See /usr/share/doc/*/copyright in the image.", "name": references[name]}
                                   for name in sorted(references)],
    "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": part["SPDXID"]} for part in parts],
}, sys.stdout, indent=1, sort_keys=True)
print()
