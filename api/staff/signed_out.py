"""Who sends a form after their session has ended: nothing of what they wrote is lost."""

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from api.dependencies import parts
from api.pages import forms
from api.pages.rendering import view

TYPED = "application/x-www-form-urlencoded"
LONG = 20
"""Characters from which a value is shown, to be copied should all else fail."""


async def kept(request: Request) -> Response | None:
    """Show what was sent, to be sent again after a login; None where nothing was written.

    Sent again it carries an old signature: its page is then shown with all of it filled in.
    """
    typed = request.headers.get("content-type", "").startswith(TYPED)
    if not typed or not forms.is_ours(request, parts(request).urls.base):
        return None
    values = [
        (name, value)
        for name, value in (await request.form()).multi_items()
        if name not in {forms.TOKEN, forms.KEY} and not isinstance(value, UploadFile)
    ]
    if not any(value for _, value in values) or any("password" in name for name, _ in values):
        return None
    return parts(request).renderer.page(
        view(request),
        "staff/signed_out_form.html",
        status=401,
        action=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        values=values,
        written=[value for _, value in values if len(value) > LONG],
    )
