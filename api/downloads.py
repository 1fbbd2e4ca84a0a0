"""Files of visitors, given out."""

from urllib.parse import quote

from starlette.responses import Response

from services.feedback.attachments import File


def saved(file: File) -> Response:
    """Give a file to be saved. It came from anybody: no browser may ever show it as ours."""
    return Response(
        file.content,
        media_type=file.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{quote(file.name)}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
