"""Takes away what nobody needs any more from store and staging disk: bytes of uploads given up, or long exhibits.

Not here: giving an upload up (``uploads``), erasing an exhibit (``erasure``). A file with a receipt is never touched.
"""

import logging
from datetime import timedelta

from sqlalchemy import select

from app.models.exhibits import Upload, UploadState
from app.services import uploads
from app.services.context import Services
from evidence.errors import Unavailable

AFTER = uploads.KEPT + timedelta(days=1)
"""Age at which an attempt to file an upload is over for certain: the upload itself was given up a day before."""
STEP = 500

log = logging.getLogger(__name__)


def sweep(services: Services) -> int:
    """Sweep the store, then the staging disk; how many things went. Unavailable when the store does not answer."""
    before = services.clock() - AFTER
    swept = services.store.sweep(before)
    staged = services.store.staged()
    for at in range(0, len(staged), STEP):
        with services.reading() as work:
            over = list(
                work.session.scalars(
                    select(Upload.id).where(
                        Upload.id.in_(staged[at : at + STEP]),
                        Upload.state != UploadState.RECEIVING,
                        Upload.created_at < before,
                    )
                )
            )
        for upload_id in over:
            try:
                services.store.forget(upload_id)
                swept += 1
            except Unavailable as error:  # the disk does not let go of it now: next time
                log.info("upload %s stays for now: %s", upload_id, error)
    if swept:
        log.info("swept %s leftovers of uploads", swept)
    return swept
