"""What is refused of a file that should be a filled-in form: the whole file, in one sentence."""

from services.errors import Conflict, Malformed, NotFound, TooLarge


class FormMissing(Malformed):
    """No file was chosen."""

    code = "form_missing"


class FormUnreadable(Malformed):
    """The file is neither a workbook nor a table of texts, or it is damaged."""

    code = "form_unreadable"


class FormOldOrLocked(Malformed):
    """The file is of Excel 2003, or has a password."""

    code = "form_old_or_locked"


class FormWithMacros(Malformed):
    """The workbook has macros."""

    code = "form_with_macros"


class FormTooLarge(TooLarge):
    """The file is larger than any filled-in form, packed or unpacked."""

    code = "form_too_large"


class FormTooManyRows(TooLarge):
    """The file has more rows than are entered at once."""

    code = "form_too_many_rows"


class FormEncodingMixed(Malformed):
    """Some lines of the table are in UTF-8 and others in GB18030."""

    code = "form_encoding_mixed"


class FormEncodingUnknown(Malformed):
    """The table is neither in UTF-8 nor in GB18030."""

    code = "form_encoding_unknown"


class FormUnmarked(Malformed):
    """The file was not made from the form: the row that says so is missing."""

    code = "form_unmarked"


class FormOfOtherRound(Conflict):
    """The form is of another round, or of another version of the form."""

    code = "form_of_other_round"


class FormColumnsWrong(Malformed):
    """Columns of the form are missing, or there are others."""

    code = "form_columns_wrong"


class FormEmpty(Malformed):
    """There is no comment in the form."""

    code = "form_empty"


class ImportGone(NotFound):
    """What was read was entered already, or its time is over."""

    code = "import_gone"
