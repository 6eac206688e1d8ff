"""Executes the notebooks of samples/src/main/notebooks with the kernels JJava and rapaio.

Needs a virtual environment with the packages of requirements.txt (JJava comes with them), a JDK on the path, and, for
rapaio, its jar, which is in the local Maven repository once nnsight4j-notebook was built. Nothing is installed outside
of the environment. Prints one line for each notebook, and fails if a figure or tensor was not drawn.

    python3 -m venv /tmp/notebook && /tmp/notebook/bin/pip install -r tools/notebook/requirements.txt
    /tmp/notebook/bin/python tools/notebook/execute.py
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

ROOT = pathlib.Path(__file__).resolve().parents[2]
DRAWN = {"text/html", "image/svg+xml", "text/plain"}


def class_path(folder):
    """What the samples need, from the modules as jars: rapaio takes no folders."""
    file = pathlib.Path(folder, "classpath.txt")
    subprocess.run(
        [ROOT / "mvnw", "-o", "-q", "-Pquick", "-pl", "samples", "-am", "-DskipTests", "package", "dependency:build-classpath"]
        + [f"-Dmdep.outputFile={file}", "-Dmdep.includeScope=runtime"],
        cwd=ROOT,
        check=True,
    )
    return file.read_text().strip()


def rapaio_jar():
    version = re.search(r"<rapaio.version>(.*?)<", (ROOT / "pom.xml").read_text())[1]
    name = f"rapaio-jupyter-kernel-{version}.jar"
    return pathlib.Path.home() / ".m2/repository/io/github/padreati/rapaio-jupyter-kernel" / version / name


def write_rapaio_spec(folder):
    """The kernel's own installer would write to the user's home."""
    spec = pathlib.Path(folder, "kernels", "rapaio")
    spec.mkdir(parents=True)
    java = ["java", "--add-opens", "jdk.jshell/jdk.jshell=ALL-UNNAMED", "-jar", str(rapaio_jar()), "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": java, "display_name": "rapaio", "language": "java"}))


def execute(name, manager, jars):
    notebook = nbformat.read(ROOT / "samples/src/main/notebooks" / f"{name}.ipynb", 4)
    for cell in notebook.cells:
        if "jars" in cell.metadata.get("tags", []):
            cell.source = jars  # by their files: nothing is published yet
    client = NotebookClient(notebook, timeout=300)
    client.create_kernel_manager()
    client.km.kernel_spec_manager = manager
    client.execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code[1:3]:
        shown = [set(output.data) for output in cell.outputs if "data" in output]
        if not any(DRAWN <= each for each in shown):
            sys.exit(f"{name}: expected {sorted(DRAWN)}, found {shown} for\n{cell.source}")
    return notebook


def main():
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as folder:
        write_rapaio_spec(folder)
        os.environ["JUPYTER_PATH"] = folder
        path = class_path(folder)
        jars = path.split(os.pathsep)
        cells = {"jjava": "%jars " + " ".join(jars), "rapaio": "%%jars\n" + "\n".join(jars)}
        for name, cell in cells.items():
            notebook = execute(name, KernelSpecManager(), cell)
            print(f"{name}: the figure and the tensor are drawn")
            if out:
                nbformat.write(notebook, out / f"{name}.ipynb")


if __name__ == "__main__":
    main()
