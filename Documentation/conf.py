# SPDX-License-Identifier: GPL-2.0
"""How Sphinx makes HTML of these files; tests/docs/build calls it.

AXVM_KERNEL_SOURCE is a Linux source tree, whose extension for kernel-doc comments is used.
"""

import os
import re
import sys

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

KERNEL = os.environ['AXVM_KERNEL_SOURCE']
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

sys.path.insert(0, os.path.join(KERNEL, 'Documentation', 'sphinx'))

project = 'axvm'
author = 'The axvm authors'
copyright = author
extensions = ['kerneldoc']
kerneldoc_bin = os.path.join(KERNEL, 'scripts', 'kernel-doc')
kerneldoc_srctree = TOP
kerneldoc_verbosity = 0		# what it complains of is shown by make lint

master_doc = 'index'
primary_domain = 'c'
highlight_language = 'none'
html_theme = 'alabaster'
html_theme_options = {
    'description': 'a hypervisor in a running kernel',
    'page_width': '72em',
    'fixed_sidebar': True,
    'show_powered_by': False,
}
html_copy_source = False

# What kernel-doc copies out of declarations and C knows nothing of.
c_id_attributes = ['__always_inline', '__user', '__iomem', '__percpu', '__init', '__exit', 'noinstr']

DOCUMENT = re.compile(r'^(?:Documentation/)?([\w-]+)\.rst$')


class LinkDocuments(SphinxTransform):
    """The name of a document is a link to it, and wrong when there is none of that name."""

    default_priority = 400

    def apply(self, **kwargs):
        for literal in list(self.document.findall(nodes.literal)):
            match = DOCUMENT.match(literal.astext())
            if match:
                self.link(literal, match.group(1))

    def link(self, literal, name):
        link = addnodes.pending_xref(
            '', literal.deepcopy(), refdomain='std', reftype='doc', reftarget=name,
            refexplicit=True, refwarn=True, refdoc=self.env.docname)
        link.source, link.line = literal.source, literal.line
        literal.replace_self(link)


class CheckRows(SphinxTransform):
    """In a simple table a line that begins in the first column is a row, also when it was meant to go on."""

    default_priority = 410

    def apply(self, **kwargs):
        for row in self.document.findall(nodes.row):
            cells = [cell.astext() for cell in row.findall(nodes.entry)]
            if len(cells) > 1 and cells[0] and not any(cells[1:]):
                logging.getLogger(__name__).warning('half a row: %s', cells[0], location=row)


def setup(app):
    app.add_transform(LinkDocuments)
    app.add_transform(CheckRows)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
