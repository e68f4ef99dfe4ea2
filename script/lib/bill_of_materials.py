"""Prints what a binary is made of, as CycloneDX JSON: found in the binary itself, never from a list of wishes.

usage: bill_of_materials.py BINARY VERSION
"""

import json
import os
import re
import subprocess
import sys
import time
import uuid

# How a part shows that it was linked in: a symbol, its Swift package or Debian package, and its licence (SPDX).
SWIFT_PACKAGES = {"swift-argument-parser": "$s14ArgumentParser", "swift-log": "$s7Logging"}
TOOLCHAIN = {
    "swift-stdlib": "swift_retain",
    "swift-foundation-essentials": "$s20FoundationEssentials",
    "swift-collections": "$s19_FoundationCollections",
    "swift-dispatch": "dispatch_async",
    "swift-blocks-runtime": "_Block_copy",
}
HEADERS = {"libkainjow-mustache-dev": "_ZN7kainjow8mustache"}
SWIFT_LICENCE = {"expression": "Apache-2.0 WITH Swift-exception"}
HEADER_LICENCES = {"libkainjow-mustache-dev": "BSL-1.0"}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def fail(message):
    sys.exit(f"error: {message}")


def linked_packages(symbols):
    """Swift packages, pinned by revision."""
    pins = {pin["identity"]: pin for pin in json.load(open("Package.resolved"))["pins"]}
    if set(pins) != set(SWIFT_PACKAGES):
        fail(f"SWIFT_PACKAGES does not name what Package.resolved has: {sorted(pins)}")
    for name, symbol in SWIFT_PACKAGES.items():
        if symbol not in symbols:
            fail(f"{name} is not in the binary")
        state, location = pins[name]["state"], pins[name]["location"]
        yield {
            "type": "library", "name": name, "version": state["version"], "licenses": [SWIFT_LICENCE],
            "purl": f"pkg:swift/{location.removeprefix('https://').removesuffix('.git')}@{state['version']}",
            "externalReferences": [{"type": "vcs", "url": location, "comment": f"revision {state['revision']}"}],
            "properties": [{"name": "authfcgi:linkage", "value": "static"}],
        }


def toolchain(symbols):
    """What the Swift toolchain links statically."""
    version = re.search(r"Swift version (\S+)", output("swift", "--version"))[1]
    for name, symbol in TOOLCHAIN.items():
        if symbol in symbols:
            yield {
                "type": "library", "name": name, "version": version, "licenses": [SWIFT_LICENCE],
                "properties": [{"name": "authfcgi:linkage", "value": "static"}],
            }


def debian(package, linkage, licence):
    shown = output("dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture} ${source:Package}", package)
    name, version, architecture, source = shown.split()
    return {
        "type": "library", "name": name, "version": version, "licenses": [licence],
        "purl": f"pkg:deb/debian/{name}@{version}?arch={architecture}&distro=debian-12",
        "properties": [
            {"name": "authfcgi:linkage", "value": linkage}, {"name": "debian:source", "value": source},
        ],
    }


def headers(symbols):
    """Libraries that are headers only: they are compiled in."""
    for package, symbol in HEADERS.items():
        if symbol not in symbols:
            fail(f"{package} is not in the binary")
        yield debian(package, "compiled in", {"license": {"id": HEADER_LICENCES[package]}})


def licence_of(package):
    """The licences that Debian's machine-readable copyright file names, without those of its packaging."""
    path = f"/usr/share/doc/{package}/copyright"
    names, relevant = [], True
    for line in open(path, encoding="utf-8"):
        if line.startswith("Files:"):
            relevant = "debian/" not in line
        elif line.startswith("License:") and relevant:
            name = line.removeprefix("License:").strip()
            if name and name not in names:
                names.append(name)
    return {"license": {"name": ", ".join(names) or f"see {path}"}}


def shared_libraries(binary):
    """What the loader brings, as the Debian package that has it."""
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-dW", binary))
    paths = dict(re.findall(r"(\S+) => (\S+)", output("ldd", binary)))
    found = {}
    for name in needed:
        path = paths.get(name) or f"/lib64/{name}"
        owner = output("dpkg-query", "-S", f"*/{os.path.basename(os.path.realpath(path))}").split(":")[0]
        found[owner] = debian(owner, "dynamic", licence_of(owner))
    return [found[owner] for owner in sorted(found)]


def main(binary, version):
    symbols = output("nm", "--defined-only", binary)
    components = [
        *linked_packages(symbols), *toolchain(symbols), *headers(symbols), *shared_libraries(binary),
    ]
    for component in components:
        component["bom-ref"] = f"{component['name']}@{component['version']}"
    content = json.dumps(components, sort_keys=True)
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    bill = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, version + content)}",
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
            "component": {
                "type": "application", "bom-ref": "authfcgi", "name": "authfcgi", "version": version,
                "licenses": [{"license": {"id": "MIT"}}],
            },
        },
        "components": components,
        "dependencies": [{"ref": "authfcgi", "dependsOn": [component["bom-ref"] for component in components]}],
    }
    print(json.dumps(bill, indent=2))


main(*sys.argv[1:])
