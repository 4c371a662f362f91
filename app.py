"""stylize's page: python app.py opens it; see stylize/page for what it is made of."""

from stylize.page.__main__ import main

if __name__ == "__main__":
    main()
